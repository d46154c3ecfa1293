// What a benchmark hands back: one row for each figure, with what it is held against in the same run.
import type { Spread } from "./statistics.ts";

export type Unit = "s" | "ms" | "MB" | "KB" | "1/s" | "%";

export interface Against {
  /** `limit`: a fixed budget. `peer`: something else that was measured beside it in this run. */
  readonly kind: "limit" | "peer";
  readonly what: string;
  /** In the unit of the row. */
  readonly value: number;
  readonly spread?: Spread;
}

export interface Row {
  readonly what: string;
  readonly unit: Unit;
  readonly measured: Spread;
  readonly against?: Against;
  /** The ratio measured / against that is wanted at most; absent where the ratio is for information. */
  readonly wantedRatio?: number;
}

/** A row held against a budget. */
export const againstLimit = (what: string, unit: Unit, measured: Spread, limit: number): Row => ({
  what,
  unit,
  measured,
  against: { kind: "limit", what: "limit", value: limit },
  wantedRatio: 1,
});

/** A row held against a peer. @param wantedRatio absent: for information */
export const againstPeer = (
  what: string,
  unit: Unit,
  measured: Spread,
  peer: { readonly what: string; readonly spread: Spread },
  wantedRatio?: number,
): Row => ({
  what,
  unit,
  measured,
  against: { kind: "peer", what: peer.what, value: peer.spread.value, spread: peer.spread },
  ...(wantedRatio === undefined ? {} : { wantedRatio }),
});

/** Figure over what it is held against, or undefined when it stands alone. */
export const ratioOf = (row: Row): number | undefined => row.against && row.measured.value / row.against.value;

/** Undefined when nothing is wanted of the row. */
export function withinWanted(row: Row): boolean | undefined {
  const ratio = ratioOf(row);
  return ratio === undefined || row.wantedRatio === undefined ? undefined : ratio <= row.wantedRatio;
}
