// The topic every alarm tells people by, the pool's own and those of environments. Who subscribes is the account's business.
export const alarmTopic = new sst.aws.SnsTopic("Alarms");
