// An operation as the API shows it: its first step took 4.5 s, the check after it 24.5 s once the last has begun.

export const environmentArn = "arn:aws:airflow:us-east-1:000000000000:environment/first";
export const operationId = "01abcdefghijklmnopqrstuvwx";
export const operations = "/environments/first/operations";

export const operation = (Status: string, more: object = {}) => ({
  OperationId: operationId,
  Type: "update-environment",
  Status,
  CreatedAt: 1_800_000_000,
  CreatedBy: "arn:aws:iam::000000000000:user/operator",
  Attempt: 1,
  Steps: [
    { Step: "deploy-services", Kind: "EFFECT", StartedAt: 1, EndedAt: 5.5 },
    { Step: "check-services", Kind: "CHECK" },
    { Step: "commit-operation", Kind: "COMMIT", ...(Status === "SUCCEEDED" ? { StartedAt: 30, EndedAt: 30.2 } : {}) },
  ],
  ...more,
});
