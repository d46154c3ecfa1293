"""CloudWatch Logs behind its port, in memory: groups, streams, and refusals by the service's own error names."""

from hangar_agent.aws_json import AwsError


class SmallLogs:
    """`streams`: (group, stream) to its (time, message) pairs. `refuses`: the error that every call now ends with."""

    def __init__(self, groups=()):
        self.groups = set(groups)
        self.streams = {}
        self.puts = []
        self.refuses = None

    def create_group(self, name):
        self._answer()
        self.groups.add(name)

    def create_stream(self, stream):
        self._answer()
        self.groups.add(stream.group)
        self.streams.setdefault((stream.group, stream.name), [])

    def put(self, batch):
        self._answer()
        key = (batch.stream.group, batch.stream.name)
        if key not in self.streams:
            raise AwsError("no such stream", "ResourceNotFoundException")
        self.puts.append(batch)
        self.streams[key] += [(event.at, event.message) for event in batch.events]

    def stream_names(self, group, prefix):
        self._answer()
        return sorted(name for of, name in self.streams if of == group and name.startswith(prefix))

    def read(self, stream):
        self._answer()
        yield from self.streams[(stream.group, stream.name)]

    def lines(self, group, name):
        return [message for _, message in self.streams.get((group, name), [])]

    def _answer(self):
        if self.refuses is not None:
            raise AwsError("refused", self.refuses)
