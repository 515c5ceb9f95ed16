/*
 * A PKCS#11 module that misbehaves on demand. Every call reads the file named by HOSTILE_CONTROL, lines of `key=value`:
 *
 *   <function>=crash | hang | exit | remove | 0x<return value>   what that function does instead of its work
 *   load=crash | hang | exit            what loading does
 *   sessions=<count>                    has room for no more of them at once
 *   slots=<count>  objects=<count>      how many it claims; `slots.first=0` lies once, at the first count
 *   token.flags=0x<flags>  token.label=<text>  token.serial=<text>  token.raw=1   32 bytes without an end, then rubbish
 *   pin.error=0x<value>                 for a wrong PIN, instead of CKR_PIN_INCORRECT
 *   inserted=<number>                   another number than at `remove`: the token is in again
 *   sign.needs=<bytes>                  CKR_BUFFER_TOO_SMALL below it; sign.ends=1: and the operation is over
 *   sign.says=<bytes>                   claims that many bytes of signature
 *   attribute.length=<bytes>            claims that length for every attribute
 *   find.says=<count>                   claims that many handles in one answer
 *   mechanisms=<count>  mechanism.first=0x<type>
 *   slot.ids=<n>,<n>,...                instead of `slots`: which numbers it gives them, in this order, doubles and all
 *   slot.<n>.<key>=...                  for one slot: token.label, token.serial, token.flags, C_GetSlotInfo, C_GetTokenInfo
 *   token.pins=<min>,<max>              how long its PINs are
 *   attribute.0x<type>=hex:<bytes> | length:<bytes> | 0x<return value>   one attribute, of every object
 *   C_GetSessionInfo.state=<CK_STATE>   whoever is logged in
 *
 * Each call that carries a PIN is appended to the file named by HOSTILE_LOG, as `<function> <serial of the token in the slot>`.
 */
#include <pkcs11/pkcs11.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USER_PIN "1234"
#define SO_PIN "87654321"

static unsigned long next_session = 1, first_session = 1, open_sessions = 0;
static int role = 0, gone = 0, slot_counts = 0;
/* The session with a signature begun. */
static unsigned long signing = 0;
static long gone_at = 0;
static unsigned long found = 0;

static int control(const char *key, char *value, size_t size)
{
  const char *path = getenv("HOSTILE_CONTROL");
  FILE *file = path ? fopen(path, "r") : NULL;
  char line[2048];
  int there = 0;
  if (!file) return 0;
  while (!there && fgets(line, sizeof line, file)) {
    char *equals = strchr(line, '=');
    if (!equals) continue;
    *equals = 0;
    if (strcmp(line, key)) continue;
    equals[1 + strcspn(equals + 1, "\n")] = 0;
    snprintf(value, size, "%s", equals + 1);
    there = 1;
  }
  fclose(file);
  return there;
}

static unsigned long number(const char *key, unsigned long otherwise)
{
  char value[2048];
  return control(key, value, sizeof value) ? strtoul(value, NULL, 0) : otherwise;
}

/* As `control`, for one slot before all of them. */
static int control_at(CK_SLOT_ID slot, const char *key, char *value, size_t size)
{
  char own[128];
  snprintf(own, sizeof own, "slot.%lu.%s", (unsigned long)slot, key);
  return control(own, value, size) || control(key, value, size);
}

static unsigned long number_at(CK_SLOT_ID slot, const char *key, unsigned long otherwise)
{
  char value[2048];
  return control_at(slot, key, value, sizeof value) ? strtoul(value, NULL, 0) : otherwise;
}

static void reached(const char *function)
{
  const char *path = getenv("HOSTILE_LOG");
  char serial[512] = "H1";
  FILE *file = path ? fopen(path, "a") : NULL;
  if (!file) return;
  control("token.serial", serial, sizeof serial);
  fprintf(file, "%s %s\n", function, serial);
  fclose(file);
}

static CK_RV act(const char *key)
{
  char value[2048];
  if (gone && (long)number("inserted", 0) != gone_at) {
    gone = 0;
    role = open_sessions = 0;
    first_session = next_session;
  }
  if (!control(key, value, sizeof value)) return CKR_OK;
  if (!strcmp(value, "crash")) raise(SIGSEGV);
  if (!strcmp(value, "hang")) for (;;) sleep(1);
  if (!strcmp(value, "exit")) {
    fprintf(stderr, "hostile module: I will not run here\n");
    _exit(3);
  }
  if (!strcmp(value, "remove")) {
    gone = 1;
    gone_at = (long)number("inserted", 0);
    return CKR_DEVICE_REMOVED;
  }
  return strtoul(value, NULL, 0);
}

#define ACT(name)                 \
  do {                            \
    CK_RV rv_ = act(name);        \
    if (rv_ != CKR_OK) return rv_; \
  } while (0)
#define SESSION(session)                                                                \
  if (gone || (session) < first_session || (session) >= next_session) return CKR_SESSION_HANDLE_INVALID

__attribute__((constructor)) static void loaded(void) { act("load"); }

static void field(CK_UTF8CHAR_PTR to, size_t size, const char *text)
{
  memset(to, ' ', size);
  memcpy(to, text, strlen(text) < size ? strlen(text) : size);
}

CK_RV C_Initialize(CK_VOID_PTR args)
{
  ACT("C_Initialize");
  if (args && (((CK_C_INITIALIZE_ARGS_PTR)args)->flags & CKF_OS_LOCKING_OK)) ACT("C_Initialize.locking");
  return CKR_OK;
}
CK_RV C_Finalize(CK_VOID_PTR reserved) { (void)reserved; return act("C_Finalize"); }

CK_RV C_GetInfo(CK_INFO_PTR info)
{
  ACT("C_GetInfo");
  memset(info, 0, sizeof *info);
  info->cryptokiVersion.major = 2;
  info->cryptokiVersion.minor = 40;
  field(info->manufacturerID, 32, "Hostile");
  field(info->libraryDescription, 32, "Module that misbehaves");
  return CKR_OK;
}

CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count)
{
  (void)present;
  ACT("C_GetSlotList");
  char ids[512];
  if (control("slot.ids", ids, sizeof ids)) {
    unsigned long given = 0;
    for (char *id = strtok(ids, ","); id; id = strtok(NULL, ",")) {
      if (list && given < *count) list[given] = strtoul(id, NULL, 0);
      given++;
    }
    *count = given;
    return CKR_OK;
  }
  unsigned long slots = number("slots", 1);
  if (!list && slot_counts++ == 0) slots = number("slots.first", slots);
  if (list) for (unsigned long i = 0; i < *count; i++) list[i] = i;
  *count = slots;
  return CKR_OK;
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
  char own[64];
  snprintf(own, sizeof own, "slot.%lu.C_GetSlotInfo", (unsigned long)slot);
  ACT(own);
  ACT("C_GetSlotInfo");
  memset(info, 0, sizeof *info);
  field(info->slotDescription, 64, "Hostile slot");
  info->flags = CKF_REMOVABLE_DEVICE | (gone ? 0 : CKF_TOKEN_PRESENT);
  return CKR_OK;
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
  char label[512] = "Hostile token", serial[512] = "H1", pins[512] = "4,8", *most, own[64];
  snprintf(own, sizeof own, "slot.%lu.C_GetTokenInfo", (unsigned long)slot);
  ACT(own);
  ACT("C_GetTokenInfo");
  if (gone) return CKR_TOKEN_NOT_PRESENT;
  if (next_session == first_session) ACT("C_GetTokenInfo.sessionless");
  memset(info, 0, sizeof *info);
  control_at(slot, "token.label", label, sizeof label);
  field(info->label, 32, label);
  control_at(slot, "token.serial", serial, sizeof serial);
  field(info->serialNumber, 16, serial);
  if (number("token.raw", 0)) {
    memset(info->label, 'A', 32);
    memset(info->manufacturerID, 'B', 32);
    memcpy(info->model, "M1\0rubbish\033[2J\xff\xfe", 16);
    memcpy(info->serialNumber, "S\033[31m\n1\xc3       ", 16);
  }
  info->flags =
      number_at(slot, "token.flags", CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED);
  control("token.pins", pins, sizeof pins);
  info->ulMinPinLen = strtoul(pins, &most, 0);
  info->ulMaxPinLen = strtoul(most + 1, NULL, 0);
  info->ulTotalPublicMemory = info->ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
  info->ulFreePublicMemory = 1000;
  info->ulFreePrivateMemory = 0;
  return CKR_OK;
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count)
{
  (void)slot;
  ACT("C_GetMechanismList");
  unsigned long mechanisms = number("mechanisms", 2);
  if (list) for (unsigned long i = 0; i < *count; i++) list[i] = i == 0 ? number("mechanism.first", 0x1041) : 0x80000000UL + i;
  *count = mechanisms;
  return CKR_OK;
}
CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info)
{
  char own[64];
  (void)slot;
  snprintf(own, sizeof own, "C_GetMechanismInfo.0x%lx", (unsigned long)type);
  ACT(own);
  ACT("C_GetMechanismInfo");
  info->ulMinKeySize = 256;
  info->ulMaxKeySize = 256;
  info->flags = CKF_HW | CKF_SIGN | CKF_VERIFY;
  return CKR_OK;
}

CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG length, CK_UTF8CHAR_PTR label)
{
  const char *path = getenv("HOSTILE_LABEL");
  (void)slot, (void)pin, (void)length;
  reached("C_InitToken");
  ACT("C_InitToken");
  /* The 32 bytes as they came. */
  FILE *file = path ? fopen(path, "w") : NULL;
  if (file) {
    fwrite(label, 1, 32, file);
    fclose(file);
  }
  return CKR_OK;
}
CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG length)
{
  (void)pin, (void)length;
  reached("C_InitPIN");
  ACT("C_InitPIN");
  SESSION(session);
  return role == 4 ? CKR_OK : CKR_USER_NOT_LOGGED_IN;
}
CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old, CK_ULONG oldLength, CK_UTF8CHAR_PTR pin, CK_ULONG length)
{
  (void)old, (void)oldLength, (void)pin, (void)length;
  reached("C_SetPIN");
  ACT("C_SetPIN");
  SESSION(session);
  if (!role) ACT("C_SetPIN.public");
  return CKR_OK;
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session)
{
  (void)slot, (void)flags, (void)app, (void)notify;
  ACT("C_OpenSession");
  if (gone) return CKR_TOKEN_NOT_PRESENT;
  if (open_sessions >= number("sessions", 1000)) return CKR_SESSION_COUNT;
  open_sessions++;
  *session = next_session++;
  return CKR_OK;
}
CK_RV C_CloseSession(CK_SESSION_HANDLE session)
{
  ACT("C_CloseSession");
  SESSION(session);
  open_sessions--;
  if (signing == session) signing = 0;
  return CKR_OK;
}
CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
  (void)slot;
  ACT("C_CloseAllSessions");
  first_session = next_session;
  role = signing = open_sessions = 0;
  return CKR_OK;
}
CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info)
{
  ACT("C_GetSessionInfo");
  SESSION(session);
  memset(info, 0, sizeof *info);
  info->state = number("C_GetSessionInfo.state", role ? role : 2);
  info->flags = CKF_RW_SESSION | CKF_SERIAL_SESSION;
  return CKR_OK;
}

CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length)
{
  const char *right = user == CKU_SO ? SO_PIN : USER_PIN;
  reached("C_Login");
  ACT("C_Login");
  SESSION(session);
  if (role && user != CKU_CONTEXT_SPECIFIC) return number("login.already", CKR_USER_ALREADY_LOGGED_IN);
  if (user == CKU_CONTEXT_SPECIFIC && signing != session) return CKR_OPERATION_NOT_INITIALIZED;
  if (length != strlen(right) || memcmp(pin, right, length)) return number("pin.error", CKR_PIN_INCORRECT);
  if (user != CKU_CONTEXT_SPECIFIC) role = user == CKU_SO ? 4 : 3;
  return CKR_OK;
}
CK_RV C_Logout(CK_SESSION_HANDLE session) { ACT("C_Logout"); SESSION(session); role = 0; return CKR_OK; }

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR wanted, CK_ULONG count)
{
  (void)wanted, (void)count;
  ACT("C_FindObjectsInit");
  SESSION(session);
  found = 0;
  return CKR_OK;
}
CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR list, CK_ULONG room, CK_ULONG_PTR count)
{
  ACT("C_FindObjects");
  SESSION(session);
  unsigned long objects = number("objects", 1);
  for (*count = 0; *count < room && found < objects; ++*count) list[*count] = ++found;
  *count = number("find.says", *count);
  return CKR_OK;
}
CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session) { ACT("C_FindObjectsFinal"); SESSION(session); return CKR_OK; }

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR list, CK_ULONG count)
{
  (void)object;
  ACT("C_GetAttributeValue");
  SESSION(session);
  CK_RV answer = CKR_OK;
  for (CK_ULONG i = 0; i < count; i++) {
    char key[64], value[2048];
    snprintf(key, sizeof key, "attribute.0x%lx", (unsigned long)list[i].type);
    if (!control(key, value, sizeof value)) {
      list[i].ulValueLen = number("attribute.length", 1);
      if (list[i].pValue) memset(list[i].pValue, 1, 1);
    } else if (!strncmp(value, "hex:", 4)) {
      list[i].ulValueLen = strlen(value + 4) / 2;
      for (size_t at = 0; list[i].pValue && at < list[i].ulValueLen; at++)
        sscanf(value + 4 + 2 * at, "%2hhx", (unsigned char *)list[i].pValue + at);
    } else if (!strncmp(value, "length:", 7)) {
      list[i].ulValueLen = strtoul(value + 7, NULL, 0);
    } else {
      list[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
      answer = strtoul(value, NULL, 0);
    }
  }
  return answer;
}
CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
  (void)object;
  ACT("C_DestroyObject");
  SESSION(session);
  return CKR_OK;
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR pub, CK_ULONG pubCount,
                        CK_ATTRIBUTE_PTR priv, CK_ULONG privCount, CK_OBJECT_HANDLE_PTR pubKey, CK_OBJECT_HANDLE_PTR privKey)
{
  (void)mechanism, (void)pub, (void)pubCount, (void)priv, (void)privCount;
  ACT("C_GenerateKeyPair");
  SESSION(session);
  *pubKey = 1;
  *privKey = 2;
  return CKR_OK;
}

CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
  (void)mechanism, (void)key;
  ACT("C_SignInit");
  SESSION(session);
  if (signing == session) return CKR_OPERATION_ACTIVE;
  signing = session;
  return CKR_OK;
}
CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR out, CK_ULONG_PTR outLength)
{
  (void)length;
  if (signing != session) return CKR_OPERATION_NOT_INITIALIZED;
  if (*outLength < number("sign.needs", 64)) {
    if (number("sign.ends", 0)) signing = 0;
    return CKR_BUFFER_TOO_SMALL;
  }
  signing = 0;
  if (length > 0 && data[0] == 0xee) return CKR_DATA_LEN_RANGE;
  ACT("C_Sign");
  SESSION(session);
  memset(out, length > 0 ? data[0] : 0, 64);
  *outLength = number("sign.says", 64);
  return CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);
static CK_RV unsupported(void) { return CKR_FUNCTION_NOT_SUPPORTED; }
static CK_FUNCTION_LIST functions;

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
  ACT("C_GetFunctionList");
  /* Every entry behind the version answers something; these answer more. */
  void **entry = (void **)&functions.C_Initialize;
  for (void **end = (void **)(&functions + 1); entry < end; entry++) *entry = (void *)unsupported;
#define OWN(name) functions.name = name
  OWN(C_Initialize); OWN(C_Finalize); OWN(C_GetInfo); OWN(C_GetFunctionList); OWN(C_GetSlotList); OWN(C_GetSlotInfo);
  OWN(C_GetTokenInfo); OWN(C_GetMechanismList); OWN(C_GetMechanismInfo); OWN(C_InitToken); OWN(C_InitPIN); OWN(C_SetPIN);
  OWN(C_OpenSession); OWN(C_CloseSession); OWN(C_CloseAllSessions); OWN(C_GetSessionInfo); OWN(C_Login); OWN(C_Logout);
  OWN(C_FindObjectsInit); OWN(C_FindObjects); OWN(C_FindObjectsFinal); OWN(C_GetAttributeValue); OWN(C_DestroyObject);
  OWN(C_GenerateKeyPair); OWN(C_SignInit); OWN(C_Sign);
  functions.version.major = 2;
  functions.version.minor = 40;
  *list = &functions;
  return CKR_OK;
}
