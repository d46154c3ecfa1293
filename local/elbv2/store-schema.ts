// The tables of the load balancing engine's file, and how a file of an earlier form is brought to this one.
import type { DatabaseSync } from "node:sqlite";

/** Makes what is missing. Safe at every start, and to be cut off anywhere: each change is a transaction of its own. */
export function settleSchema(database: DatabaseSync): void {
  database.exec(tables);
  // rules could only forward once: their target group was never null
  const column = database.prepare("SELECT [notnull] FROM pragma_table_info('rule') WHERE name = 'target_group'").get();
  if (column?.["notnull"] === 1) database.exec(`BEGIN IMMEDIATE; ${rulesAnew} COMMIT;`);
}

const ruleTable = (name: string) => `
  CREATE TABLE IF NOT EXISTS ${name} (arn TEXT PRIMARY KEY, priority INTEGER NOT NULL UNIQUE, conditions TEXT NOT NULL,
    target_group TEXT REFERENCES target_group (arn), fixed_response TEXT,
    CHECK ((target_group IS NULL) <> (fixed_response IS NULL))) STRICT;`;

const tables = `
  CREATE TABLE IF NOT EXISTS target_group (arn TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, settings TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS target (
    target_group TEXT NOT NULL REFERENCES target_group (arn) ON DELETE CASCADE, id TEXT NOT NULL,
    address TEXT NOT NULL, port INTEGER NOT NULL, draining_since INTEGER, draining_epoch INTEGER,
    PRIMARY KEY (target_group, id, port)) STRICT;
  ${ruleTable("rule")}
  CREATE TABLE IF NOT EXISTS tag (arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key)) STRICT;
  CREATE TABLE IF NOT EXISTS epoch (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO epoch VALUES (1, 1);
`;

const rulesAnew = `
  ${ruleTable("rule_anew")}
  INSERT INTO rule_anew SELECT arn, priority, conditions, target_group, NULL FROM rule;
  DROP TABLE rule;
  ALTER TABLE rule_anew RENAME TO rule;
`;
