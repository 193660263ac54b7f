import type { Operation } from "#format/index.ts";
import {
  layoutOf,
  membersOf,
  nodeOf,
  profilesInUse,
  returningNode,
  tablesOf,
  upkeepOf,
} from "#metadata/index.ts";
import {
  activeMembers,
  type LayoutChange,
  planChange,
  type Planned,
  widthFor,
} from "#placement/index.ts";
import { DueScan } from "#upkeep/index.ts";
import { commitChange } from "./layout-step.ts";
import type { MembershipParts } from "./membership.ts";
import { nextOperationStep } from "./operation-step.ts";

/** Takes operations on, step by step, as long as this node leads. */
export class OperationDriver {
  readonly #parts: MembershipParts;
  /** Of this operation. */
  #scan: { readonly logIndex: number; readonly due: DueScan } | undefined;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** Takes the next step, if there is an operation and it has one. */
  async turn(): Promise<void> {
    const { reader } = this.#parts.replica;
    const { operation, isPaused } = upkeepOf(reader);
    const current = layoutOf(reader);
    if (operation === undefined || current === undefined) return;
    const { layout, open, version } = current;
    const active = activeMembers(membersOf(reader)).length;
    const step = nextOperationStep({
      operation,
      isPaused,
      isChanging: open.length > 1,
      returning: returningNode(current),
      state: nodeOf(reader, operation.node)?.state,
      isResized: layout.kind === "resize" && layout.logIndex > operation.logIndex,
      width: Math.max(widthFor(active), layout.width),
      plan: (change) => this.#plan(change),
      hasDue: () => this.#hasDue(operation),
    });
    if (step.kind === "change") {
      await commitChange(this.#parts, version, { change: step.change, amends: false });
    } else if (step.kind === "undo") await this.#undo(version);
    else if (step.kind === "end") await this.#end(operation, step.reason);
  }

  #plan(change: LayoutChange): Planned {
    const { reader } = this.#parts.replica;
    const isEmpty = profilesInUse(reader).length === 0;
    return planChange({ members: membersOf(reader), open: tablesOf(reader), change, isEmpty });
  }

  #hasDue({ logIndex }: Operation): boolean {
    if (this.#scan?.logIndex !== logIndex) {
      this.#scan = { logIndex, due: new DueScan(this.#parts.replica.reader) };
    }
    return this.#scan.due.look() !== "none";
  }

  async #undo(baseVersion: number): Promise<void> {
    const { replica, ports } = this.#parts;
    await replica.propose({ kind: "undoLayout", value: { baseVersion } });
    ports.trace.write("info", "layoutUndone", { version: baseVersion });
  }

  async #end({ kind, logIndex }: Operation, reason: string): Promise<void> {
    const { replica, ports } = this.#parts;
    await replica.propose({ kind: "endOperation", value: { logIndex } });
    ports.trace.write("info", "operationEnded", { operation: kind, reason });
  }
}
