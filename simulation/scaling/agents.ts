// The workers' agents: they follow the control document, drain as dataplane's drain.py decides, and report.
import type { ControlDocument } from "../../shared/domain/control-document.ts";
import type { Report } from "../../shared/domain/reports.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { Worker, Workers } from "./workers.ts";

/** Between two looks at control.json (stacks/pool.ts: agentPollSeconds). */
const pollSeconds = 5;
/** Two looks at an idle worker, and the protection endpoint's answer. */
const releaseSeconds = 1.5;
/** A report is written within half a second of a change, and another half until it can be read. */
const reportSeconds = 1;

/** What an agent knows and has done; it outlives nothing here, as nothing is killed. */
interface Agent {
  ordered: string | undefined;
  /** The drain under which it let go; final. */
  released: string | undefined;
  said: Pick<Report, "inHand" | "drain">;
}

export class Agents {
  /** The document as it lies in the control bucket. */
  document: ControlDocument | undefined;
  private readonly agents = new Map<Worker, Agent>();
  private readonly agenda: Agenda;
  private readonly dice: Chance;
  private readonly workers: Workers;
  private readonly changed: () => void;

  /** @param changed called when a worker has given up its protection */
  constructor(agenda: Agenda, dice: Chance, workers: Workers, changed: () => void) {
    this.agenda = agenda;
    this.dice = dice;
    this.workers = workers;
    this.changed = changed;
    workers.onChange = (worker) => this.workerChanged(worker);
  }

  /** No polling without protection: it is there from the first poll on, until the release. */
  isProtected = (worker: Worker): boolean => worker.ready && this.agents.get(worker)?.released === undefined;

  add(worker: Worker): void {
    // paused until it knows that it is wanted
    if (!worker.ready) worker.paused = true;
    this.agents.set(worker, { ordered: undefined, released: undefined, said: { inHand: null, drain: null } });
  }

  /** A new document lies there: each agent finds it at its next look. */
  publish(document: ControlDocument): void {
    this.document = document;
    for (const worker of this.agents.keys())
      if (worker.ready) this.agenda.after(this.dice.between(0, pollSeconds), () => this.read(worker));
  }

  reports(): readonly Report[] {
    return [...this.agents].map(([{ id, ready }, { said }]) => ({
      schema: 1,
      taskId: id,
      role: "worker",
      generation: 1,
      at: this.agenda.now,
      healthy: ready,
      staged: [],
      components: {},
      problems: [],
      ...said,
    }));
  }

  private read(worker: Worker): void {
    const agent = this.agents.get(worker);
    if (!agent || worker.gone) return;
    const ordered = this.document?.drains.find(({ tasks }) => tasks?.includes(worker.id))?.id;
    if (agent.released === undefined && ordered === undefined && worker.paused) this.workers.resume(worker);
    if (ordered !== undefined) this.workers.pause(worker);
    agent.ordered = ordered;
    this.tell(worker, agent);
    this.look(worker, agent);
  }

  private workerChanged(worker: Worker): void {
    const agent = this.agents.get(worker);
    if (!agent) return;
    if (worker.gone) {
      this.agents.delete(worker);
      this.changed();
    } else if (agent.said.inHand === null) this.read(worker);
    else {
      this.tell(worker, agent);
      this.look(worker, agent);
    }
  }

  /** Lets go of a worker that has nothing in hand and no poll out, and still has not a moment later. */
  private look(worker: Worker, agent: Agent): void {
    const { ordered } = agent;
    if (ordered === undefined || agent.released !== undefined || worker.hand.size > 0) return;
    const poll = worker.pollEndsAt - this.agenda.now;
    this.agenda.after(Math.max(0, poll) + releaseSeconds, () => {
      if (agent.ordered !== ordered || agent.released !== undefined || worker.hand.size > 0) return;
      agent.released = ordered;
      this.tell(worker, agent);
      this.changed();
    });
  }

  private tell(worker: Worker, agent: Agent): void {
    const { ordered, released } = agent;
    const id = released ?? ordered;
    const inHand = worker.hand.size;
    const state = released === undefined ? ("draining" as const) : ("released" as const);
    const drain = id === undefined ? null : { id, state, inFlight: inHand };
    this.agenda.after(reportSeconds, () => {
      agent.said = { inHand, drain };
    });
  }
}
