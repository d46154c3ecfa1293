// Uploads of plugins.zip, requirements.txt and startup.sh that nobody pinned: each becomes an offer, a layer built outside
// of any operation. What runs changes only once it is built, by an update of its own. layers/offer.json holds the last one.
import * as z from "zod";
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { layerParts, type LayerResult } from "./layer.ts";
import { holdReason, isHeld } from "./layer-hold.ts";
import { type FileWish, type FoundFiles, fileWishes, madeOf, unfitFile } from "./layer-wish.ts";
import { takesReleases } from "./source-events.ts";
import { transitions } from "./status.ts";
import { layerVerdict, type OneOff, withDeadline } from "./verdict.ts";

const File = z.object({ versionId: z.string(), sha256: z.string(), size: z.number() });

/**
 * `building`; `ready`, but not rolled out yet; `rolling`, by the operation named; `settled`: these versions have run, and
 * whatever runs instead was asked for; `held`: the layer was rolled back, and they are what it went back from; `failed`, until another version is uploaded.
 */
export const LayerOffer = z.object({
  /** Rises with every build: the owner of one is `offer-<number>`. */
  number: z.int().min(1),
  /** Which bucket, image and object versions it is an answer to. */
  wanted: z.string(),
  state: z.enum(["building", "ready", "rolling", "settled", "held", "failed"]),
  /** Null when the files never came as far as being copied. */
  layer: z.object({ key: z.string(), files: z.partialRecord(z.enum(layerParts), File) }).nullable(),
  /** Builds of these files that ended without a result. */
  lost: z.int().min(0),
  operationId: z.string().nullable(),
  error: z.string().nullable(),
  /** When this state began; milliseconds since the epoch. */
  at: z.number(),
});
export type LayerOffer = z.infer<typeof LayerOffer>;

export const offerOwner = ({ number }: Pick<LayerOffer, "number">): string => `offer-${number}`;

export interface OfferView {
  readonly environment: Pick<EnvironmentItem, "status" | "operationId" | "layer" | "layerHold" | "image">;
  readonly wishes: readonly FileWish[];
  readonly found: FoundFiles;
  readonly offer: LayerOffer | undefined;
  /** Of the offer's layer. */
  readonly build: { readonly task: OneOff | null; readonly result: LayerResult | undefined };
  /** The one the offer names. */
  readonly operation: Pick<OperationItem, "outcome" | "failure"> | undefined;
  readonly now: number;
}

/**
 * `build`: copy the files, write the offer, start. `start`: its task is gone or never came to be. `write`: the offer, and
 * decide again. `roll`: start the update.
 */
export type OfferDecision = { readonly reason: string } & (
  | { readonly act: "nothing" | "start" | "roll" }
  | { readonly act: "build"; readonly number: number; readonly wanted: string }
  | { readonly act: "write"; readonly offer: LayerOffer }
);

const mostLost = 3;
const buildSeconds = 900;
/** Between writing the operation's id into the offer and the record's pointing to it. */
const startSeconds = 60;

/** What an offer answers to, as a text: other object versions, or another image, want another offer. */
export const wantedText = (image: string, wishes: readonly FileWish[], found: FoundFiles): string =>
  JSON.stringify([
    image,
    ...wishes.map(({ part, bucket, key }) => [part, bucket, key, found[part]?.versionId ?? null]),
  ]);

/**
 * Decides the next move towards the newest layer that can be built; called again and again, in any order with uploads,
 * operations and kills. A pinned file is always the version that is pinned, so no upload of it is ever wanted.
 */
export function decideLayer(view: OfferView): OfferDecision {
  const { environment, wishes, found, offer, now } = view;
  if (!takesReleases(environment)) return nothing(`status ${environment.status} takes no layers`);
  if (environment.operationId !== null) return nothing("an operation is in flight");
  if (wishes.length === 0) return nothing("no file is named");
  const wanted = wantedText(environment.image, wishes, found);
  if (madeOf(environment.layer, wishes, found)) {
    const reason = "what runs was made of these versions";
    if (offer?.wanted === wanted && offer.state === "settled") return nothing(reason);
    const rest = { wanted, layer: environment.layer, lost: 0, operationId: null, error: null, at: now };
    return write({ number: offer?.number ?? 1, state: "settled", ...rest }, reason);
  }
  const { layerHold: hold } = environment;
  if (hold && isHeld(hold, wishes, found)) {
    const reason = holdReason(hold);
    if (offer?.wanted === wanted && offer.state === "held") return nothing(reason);
    const rest = { wanted, layer: null, lost: 0, operationId: null, error: reason, at: now };
    return write({ number: offer?.number ?? 1, state: "held", ...rest }, reason);
  }
  if (offer?.wanted !== wanted || offer.state === "held") {
    const number = (offer?.number ?? 0) + 1;
    const unfit = unfitFile(wishes, found);
    if (!unfit) return { act: "build", number, wanted, reason: "other versions lie in the bucket" };
    const failed = { number, wanted, layer: null, lost: 0, operationId: null, error: unfit, at: now };
    return { act: "write", offer: { ...failed, state: "failed" }, reason: unfit };
  }
  if (offer.state === "failed") return nothing(`failed, until another version is uploaded: ${offer.error}`);
  if (offer.state === "settled") return nothing("these versions have run, and gave way to another layer since");
  if (offer.state === "building") return decideBuilding(view, offer);
  if (offer.layer?.key === environment.layer?.key) return nothing("the content is what runs already");
  if (offer.state === "rolling") return decideRolling(view, offer);
  return transitions[environment.status]?.["update-accepted"]
    ? { act: "roll", reason: "a newer layer is ready" }
    : nothing(`status ${environment.status} takes no update`);
}

function decideBuilding({ build, now }: OfferView, offer: LayerOffer): OfferDecision {
  const { task, result } = build;
  if (!result && !task) return { act: "start", reason: "its build was never started, or gave way to another" };
  const verdict = withDeadline(layerVerdict(result, task), offer.at, buildSeconds, now);
  if (verdict.verdict === "ready") return write({ ...offer, state: "ready", at: now }, "the layer is built");
  if (verdict.verdict === "notYet") return nothing(verdict.reason);
  // without a result nothing is known about the files: the machine may have been switched off
  if (!result && offer.lost < mostLost)
    return write({ ...offer, number: offer.number + 1, lost: offer.lost + 1, at: now }, verdict.reason);
  return write({ ...offer, state: "failed", error: verdict.reason, at: now }, verdict.reason);
}

function decideRolling({ operation, now }: OfferView, offer: LayerOffer): OfferDecision {
  if (operation?.outcome === "succeeded") return nothing("it was rolled out, and gave way to another since");
  if (operation?.outcome) {
    const reason = operation.failure?.message ?? "the update that was to roll it out failed";
    return write({ ...offer, state: "failed", error: reason, at: now }, reason);
  }
  if (now < offer.at + startSeconds * 1000) return nothing("its update is about to start");
  return write({ ...offer, state: "ready", operationId: null, at: now }, "its update never came to be");
}

const nothing = (reason: string): OfferDecision => ({ act: "nothing", reason });
const write = (offer: LayerOffer, reason: string): OfferDecision => ({ act: "write", offer, reason });

/** Layers that stay: what runs, what is offered or in a plan, and the ones made last, for the way back. */
export function layersToRemove(
  layers: readonly { readonly key: string; readonly at: number }[],
  inUse: readonly (string | null | undefined)[],
  now: number,
): readonly string[] {
  return layers
    .slice(layersKept)
    .filter(({ key, at }) => !inUse.includes(key) && at < now - restMilliseconds)
    .map(({ key }) => key)
    .slice(-mostRemoved);
}

const layersKept = 5;
/** A plan that names a layer may be about to be written. */
const restMilliseconds = 3_600_000;
const mostRemoved = 3;

/** Reads layers/offer.json. @throws Error when it is none: only the control plane writes it */
export const parseOffer = (text: string): LayerOffer => LayerOffer.parse(JSON.parse(text));

/** An offer says something as long as a file is named, and until what it offers runs. */
export const openOffer = (
  { settings }: Pick<EnvironmentItem, "settings">,
  offer: LayerOffer | undefined,
): LayerOffer | undefined =>
  offer === undefined || offer.state === "settled" || fileWishes(settings).length === 0 ? undefined : offer;

/** The layer and what is offered, as the API shows it. Extension of the MWAA API; times are epoch seconds. */
export function layerView(
  { layer, settings }: Pick<EnvironmentItem, "layer" | "settings">,
  stored: LayerOffer | undefined,
) {
  const offer = openOffer({ settings }, stored);
  return {
    Layer: layer && {
      Key: layer.key,
      Files: layerParts.flatMap((part) => {
        const file = layer.files[part];
        return file ? [{ Part: part, VersionId: file.versionId, Size: file.size }] : [];
      }),
    },
    Offer: offer
      ? { State: offer.state.toUpperCase(), Key: offer.layer?.key ?? null, Error: offer.error, At: offer.at / 1000 }
      : null,
  };
}
