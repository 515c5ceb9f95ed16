import type { FormInstance } from "antd";

/** Judges some fields of a form, as a wizard does at each step; at a mistake the first one gets the focus. */
export async function judgeFields<T>(form: FormInstance<T>, names: readonly (keyof T & string)[]): Promise<boolean> {
  try {
    // antd's types follow every path through the form; these are plain names.
    await (form as FormInstance).validateFields([...names]);
    return true;
  } catch (refusal) {
    const [first] = (refusal as { errorFields?: { name: (string | number)[] }[] }).errorFields ?? [];
    if (first) form.scrollToField(first.name as never, { focus: true, block: "nearest" });
    return false;
  }
}
