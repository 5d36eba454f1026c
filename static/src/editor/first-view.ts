/**
 * What a canvas shows when it is opened: all of it, if that is not too much to read, and to draw at once. Of a large one,
 * the part around its middle; the middle is a median, so that one shape far away does not move it.
 */

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The component makes a bitmap of each element in view before the first picture: a large canvas would take seconds. */
const SHOWN_WHOLE = 1_500;
/** The window is rarely as round as what is near: about twice as many are in view. */
const SHOWN_IN_PART = 300;

export function firstView<Element extends Box>(elements: readonly Element[]): readonly Element[] {
  if (elements.length <= SHOWN_WHOLE) return elements;
  const middle = [median(elements.map(centreX)), median(elements.map(centreY))] as const;
  const distance = (box: Box): number => Math.hypot(centreX(box) - middle[0], centreY(box) - middle[1]);
  const near = elements.map((element) => [distance(element), element] as const).sort((a, b) => a[0] - b[0]);
  return near.slice(0, SHOWN_IN_PART).map(([, element]) => element);
}

const centreX = ({ x, width }: Box): number => x + width / 2;
const centreY = ({ y, height }: Box): number => y + height / 2;

function median(numbers: number[]): number {
  return Float64Array.from(numbers).sort()[numbers.length >> 1] ?? 0;
}
