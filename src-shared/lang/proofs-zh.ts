import type { en } from "./en.ts";

/**
 * What a step that is done has shown, in Chinese. Main's proof is English and names paths, digests and methods; the Chinese
 * console shows this sentence first. Each says only what holds for every way the step can end well.
 */
export const proofsZh: Readonly<Record<keyof typeof en.steps, string>> = {
  "log-in": "主机密钥是固定的那个，密码登录成功。",
  survey: "已查看账户和 sshd 的设置，可以继续。",
  "add-key": "公钥已在 authorized_keys 中；其他各行未变。",
  "prove-key-login": "仅凭新密钥的另一次登录成功。",
  "switch-passwords-off": "sshd 已检查配置，并显示密码登录已关闭。",
  "prove-passwords-off": "从外部看，服务器不再向该账户提供密码登录；密钥仍可登录。",
  "keep-passwords-off": "服务器上的定时恢复已停止，设置保留。",
  record: "绑定已记录。",
  "look-by-sftp": "已通过 SFTP 查看账户的密钥文件。",
  "add-key-by-sftp": "公钥已在密钥文件中；其他各行未变。",
  "prove-sftp-login": "仅凭新密钥的另一次 SFTP 登录成功。",
  "log-in-by-key": "主机密钥是固定的那个，用绑定的密钥登录成功。",
  "survey-passwords": "已查看决定密码登录的设置。",
  "remove-own-setting": "Keystead 自己的设置已不在，sshd 已检查其余配置。",
  "prove-passwords-offered": "已从外部查看现在提供的登录方式。",
  "keep-passwords-allowed": "服务器上的定时恢复已停止，设置保留。",
  "record-password-login": "sshd 所说的已记录。",
};
