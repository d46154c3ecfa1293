// Which slices of which contents hold a run of bytes: pure arithmetic over segments.
import type { ObjectContent, Segment } from "./request.ts";

/** The slices of contents that hold the asked bytes. */
export function slicesOf(content: ObjectContent): Segment[] {
  const slices: Segment[] = [];
  let position = 0;
  const end = content.start + content.length;
  for (const segment of content.segments) {
    const from = Math.max(content.start, position);
    const to = Math.min(end, position + segment.length);
    if (from < to) {
      slices.push({ contentId: segment.contentId, offset: segment.offset + from - position, length: to - from });
    }
    position += segment.length;
  }
  return slices;
}
