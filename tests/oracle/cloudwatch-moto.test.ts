// The CloudWatch contracts, asked of moto: shows that the suites describe CloudWatch and not merely our engine.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { alarmsContract } from "../contract/cloudwatch/alarms.suite.ts";
import { cloudWatchContract } from "../contract/cloudwatch/suite.ts";
import { clientDefaults } from "../contract/serve.ts";
import { startMoto } from "./moto.ts";

const unchecked = "moto keeps it unchecked";
const refusedPut = (what: string) => `${what} is refused, and nothing of that put is kept`;
const refusedAlarm = (what: string) => `an alarm with ${what} is refused and not kept`;

/** What moto does otherwise with metrics. Where it is laxer than CloudWatch our engine follows CloudWatch's documents. */
const metricDifferences = {
  "single values, values with counts and statistic sets add up in one period":
    "moto adds the name of the statistic to the label",
  "percentiles come from the values that were sent": "moto meets an internal error",
  "dimensions tell metrics apart, in whatever order they are written": "moto compares them in the order they came",
  [refusedPut("a namespace of AWS itself")]: unchecked,
  [refusedPut("a datum without a value")]: "moto takes it for 0",
  [refusedPut("a value beyond 2^360")]: unchecked,
  [refusedPut("an unknown unit")]: unchecked,
  [refusedPut("counts that do not fit the values")]:
    "moto refuses it too, but earlier puts to that namespace were kept",
  [refusedPut("a time of three weeks ago")]: unchecked,
  [refusedPut("a value together with a statistic set")]:
    "moto refuses it too, but earlier puts to that namespace were kept",
  [refusedPut("more than 30 dimensions")]: unchecked,
  "metric math is refused": "moto has some of it; our engine does not",
  "what CloudWatch has and this region has not is refused by name": "moto answers an HTML page",
};

/** And with alarms: moto keeps them, it never looks at their metrics. */
const alarmDifferences = {
  "a new alarm has insufficient data until it was looked at": "moto's begin as OK",
  "an alarm put again has the new configuration and the state it had": "moto begins anew",
  "a prefix and a state narrow down together": "moto reads the prefix only",
  "more alarms than one answer takes come in pages, in order": "moto has one page, in the order of creation",
  "alarms of a metric are found by it, dimensions and statistic included": "moto compares namespace and name only",
  "the history tells of creation, states and deletion, newest first": "moto answers an HTML page",
  "an alarm of high resolution goes off after a breaching datapoint, with CloudWatch's reason":
    "moto evaluates no alarms",
  [refusedAlarm("a period of 5 seconds")]: unchecked,
  [refusedAlarm("more than a day of periods")]: unchecked,
  [refusedAlarm("more datapoints to alarm than periods")]: unchecked,
  [refusedAlarm("an unknown comparison")]: unchecked,
  [refusedAlarm("an unknown statistic")]: unchecked,
  [refusedAlarm("an unknown treatment of missing data")]: unchecked,
  [refusedAlarm("no threshold")]: unchecked,
  [refusedAlarm("statistic and percentile at once")]: unchecked,
  [refusedAlarm("an action that is no ARN")]: unchecked,
  "an alarm on metric math is refused by name": "moto keeps it; our engine does not know metric math",
};

async function connect() {
  const moto = await startMoto();
  const client = new CloudWatchClient({ ...clientDefaults, endpoint: moto.url });
  return {
    client,
    async close() {
      client.destroy();
      await moto.stop();
    },
  };
}

cloudWatchContract("moto CloudWatch", connect, metricDifferences);
alarmsContract("moto CloudWatch, alarms", connect, alarmDifferences);
