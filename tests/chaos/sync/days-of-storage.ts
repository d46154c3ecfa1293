// Days on which the bucket, or all of S3, is not there or not allowed. S3 is taken away by moving the socket its engine listens
// on out of the way: the rest of the region goes on, and new connections to S3 fail.
import { pause } from "../../../bench/waiting.ts";
import { renameSync } from "node:fs";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { callQuery } from "../../../cli/api-client.ts";
import { targetOf } from "../../../cli/region-process.ts";
import { socketFolder } from "../../../local/region/socket-folder.ts";
import { until } from "../../stories/support/hangar.ts";
import { type Day, promise, secondsText } from "./day.ts";
import { bucket, dagText, settled, type SyncPlace } from "./place.ts";

const role = "hangar-execution";
const policy = "bad-day";

/** All of S3 does not answer, for a while; agents cannot read their orders, and nobody can upload. */
export const storageAway: Day = {
  name: "storage-away",
  async live(place, chance, { awaySeconds }) {
    // an upload that is on its way when S3 goes
    const half = `half on its way ${chance.seed}`;
    await place.put("away.py", dagText("away", half));
    await pause(chance.between(0, 3000));
    const socket = s3Socket(place);
    renameSync(socket, `${socket}.away`);
    const began = performance.now();
    let runs = 0;
    try {
      while (performance.now() - began < awaySeconds * 1000) {
        await place.airflowRuns();
        runs++;
        await pause(Math.min(10_000, awaySeconds * 100));
      }
    } finally {
      renameSync(`${socket}.away`, socket);
    }
    const back = performance.now();
    await place.put("away.py", dagText("away", "after it"));
    await place.described("away", "after it", 180);
    const seconds = (performance.now() - back) / 1000;
    await settled(place, 60, ({ Problems }) => Problems.length === 0);
    await place.remove(["away.py"]);
    return `away for ${secondsText((back - began) / 1000)}, ${runs} runs meanwhile, all succeeded; the next upload served ${secondsText(seconds)} after it was back`;
  },
};

/** The bucket is deleted with all it holds, and made again. */
export const bucketGone: Day = {
  name: "bucket-gone",
  async live(place) {
    await emptyBucket(place);
    await place.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    const said = await problem(place, "does not exist");
    const ran = await place.airflowRuns();
    await place.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await place.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    await place.put("steady.py", dagText("steady", "steady"));
    const back = performance.now();
    await place.put("again.py", dagText("again", "in the bucket made again"));
    await place.described("again", "in the bucket made again", 180);
    const seconds = (performance.now() - back) / 1000;
    await settled(place, 60, ({ Problems }) => Problems.length === 0);
    await place.remove(["again.py"]);
    return `said after ${secondsText(said)}, a run meanwhile ${secondsText(ran)}; made again, an upload served after ${secondsText(seconds)}`;
  },
};

/** The execution role may not read the bucket any more, and later may again. */
export const accessRevoked: Day = {
  name: "access-revoked",
  async live(place) {
    const named = { RoleName: role, PolicyName: policy };
    const target = targetOf(place.home.folder);
    const Statement = [{ Effect: "Allow", Action: "sts:GetCallerIdentity", Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await callQuery(target, "iam", "PutRolePolicy", { ...named, PolicyDocument });
    let said: number;
    let ran: number;
    try {
      await place.put("closed.py", dagText("closed", "while it was closed"));
      said = await problem(place, "may not be read");
      ran = await place.airflowRuns();
      const seen = (await place.sync()).Files.some(({ Path }) => Path === "closed.py");
      promise(!seen, "a file that may not be read is served");
    } finally {
      await callQuery(target, "iam", "DeleteRolePolicy", named);
    }
    const seconds = await place.described("closed", "while it was closed", 180);
    await settled(place, 60, ({ Problems }) => Problems.length === 0);
    await place.remove(["closed.py"]);
    return `said after ${secondsText(said)}, a run meanwhile ${secondsText(ran)}; allowed again, the waiting upload served after ${secondsText(seconds)}`;
  },
};

/** Waits until the sync view says it. @returns seconds */
async function problem(place: SyncPlace, words: string): Promise<number> {
  const began = performance.now();
  await until(`the sync view says "${words}"`, 120, async () => {
    const { Problems } = await place.sync();
    if (!Problems.some((one) => one.includes(words))) throw new Error(`it says ${JSON.stringify(Problems)}`);
    return true;
  });
  return (performance.now() - began) / 1000;
}

async function emptyBucket({ s3 }: SyncPlace): Promise<void> {
  for (let page = 0; page < 100; page++) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key!, VersionId: VersionId! }));
    if (Objects.length === 0) return;
    await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
  }
  throw new Error(`The bucket ${bucket} does not get empty.`);
}

/** Where this region's S3 engine listens. */
const s3Socket = ({ home }: SyncPlace): string => join(socketFolder(join(home.folder, "run")), "s3.sock");
