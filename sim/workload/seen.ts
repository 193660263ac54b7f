import { History } from "./history.ts";
import type { VersionAction } from "./version-history.ts";

/** What clients did and saw, in every bucket. */
export class Seen {
  readonly objects: History = new History();
  readonly versions: History<VersionAction> = new History();

  /** The session of the node that was asked is over: what was open has happened, or never will. */
  nodeEnded(contact?: string): void {
    this.objects.nodeEnded(contact);
    this.versions.nodeEnded(contact);
  }
}
