#!/bin/sh
# Runs the one command of a task and writes down how it ended, so that the exit code outlives the engine.
#   launcher.sh <folder> <command> [argument …]
# It waits for a line on standard input: its pid is recorded. If the engine dies before, nothing was run.
# The command runs in the foreground: a background job of sh would ignore SIGINT and SIGQUIT for ever.
folder=$1
shift
exec 3>&2 2>/dev/null
read -r _ || exit 0
trap : TERM INT HUP QUIT
# The inner shell becomes the command: `main` holds the pid that SIGTERM is for. The redirection stands inside the
# brackets so that this shell's own word on a signal ("Terminated") does not get into the task's log.
(
  exec sh -c 'echo "$$" >"$0/main.new" && mv "$0/main.new" "$0/main" && exec "$@"' "$folder" "$@" 2>&3 3>&- </dev/null
)
code=$?
echo "$code" >"$folder/exit.new" && mv "$folder/exit.new" "$folder/exit"
