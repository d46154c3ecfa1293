// What every Alarms must guarantee.
import { expect, test } from "vitest";
import { alarmNames, alarmsOf } from "../../../shared/domain/alarms.ts";
import type { Alarms } from "../../../shared/ports/alarms.ts";
import { testPool } from "../../../state-machines/testing/requests.ts";

export interface AlarmsSubject {
  readonly alarms: Alarms;
  /** Names of the alarms there are. */
  names(): readonly string[] | Promise<readonly string[]>;
}

const first = { name: "first", environmentId: "e0000000001" };
const second = { name: "second", environmentId: "e0000000002" };

export function alarmsContract(subject: () => AlarmsSubject): void {
  test("all alarms of an environment are made, and a repeat makes no more", async () => {
    const { alarms, names } = subject();
    await alarms.put(alarmsOf(first, testPool));
    await alarms.put(alarmsOf(first, testPool));
    expect((await names()).toSorted()).toEqual(alarmNames(first.environmentId).toSorted());
  });

  test("removed are gone, others stay, and a repeat, or one that was never made, is fine", async () => {
    const { alarms, names } = subject();
    await alarms.put(alarmsOf(first, testPool));
    await alarms.put(alarmsOf(second, testPool));
    await alarms.remove(["hangar-e0000000009-deficit", ...alarmNames(first.environmentId)]);
    await alarms.remove(alarmNames(first.environmentId));
    expect((await names()).toSorted()).toEqual(alarmNames(second.environmentId).toSorted());
  });
}
