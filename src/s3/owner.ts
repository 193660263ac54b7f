import { element } from "./xml-writer.ts";

/** An account as XML shows it. */
export function ownerElement(account: string, name = "Owner"): string {
  return `<${name}>${element("ID", account)}${element("DisplayName", account)}</${name}>`;
}
