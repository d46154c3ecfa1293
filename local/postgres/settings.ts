// postgresql.conf as text. Written whole at every start, so that a newer release's settings take effect at the next one.

/** The settings that differ between installations; everything else is the same on every machine. */
export interface PostgresSettings {
  readonly port: number;
}

/**
 * The server's configuration file. Sizes are for one machine shared with Airflow: PostgreSQL is about 75 MB resident
 * with them. Reasons that are more than a line are in docs/decisions/postgresql-from-npm.md.
 */
export function postgresConfiguration(settings: PostgresSettings): string {
  return `# Written by Hangar at every start; changes made here are lost.
listen_addresses = '127.0.0.1'
port = ${settings.port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'

# Eight connections an idle environment, more under load; each environment's roles carry limits of their own.
max_connections = 400
shared_buffers = '64MB'
max_wal_size = '256MB'
min_wal_size = '64MB'
# Airflow's queries are short: compiling them costs more than it saves.
jit = off

# An acknowledged commit outlives a kill and a power cut. With "off" a killed postmaster loses the last commits.
fsync = on
synchronous_commit = on
full_page_writes = on

# Nobody replicates from here.
max_wal_senders = 0
max_logical_replication_workers = 0

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
default_text_search_config = 'pg_catalog.simple'

# Seven files, one a weekday, each begun anew when its day returns. Statements are never logged: they may hold secrets.
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1440
log_rotation_size = 0
log_truncate_on_rotation = on
log_file_mode = 0600
log_line_prefix = '%m [%p] %q%u@%d '
log_statement = 'none'
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
cluster_name = 'hangar'
`;
}
