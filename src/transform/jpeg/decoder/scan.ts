import { afterMarker, bitsLeft, marker, openSegment } from './bits';
import { clearBlock, decodeBlock } from './block';
import { Component, componentAt } from './picture';
import { transformBlock } from './transform';

const RST0: i32 = 0xd0;
const EOI: i32 = 0xd9;

/**
 * Decodes the only scan of a picture (ITU T.81, F.2 and A.2.3), MCU by MCU, into its components'
 * planes. A picture of one component has MCUs of one block.
 *
 * @param components `count` of `Component`
 * @param across MCUs in a row, and `down` how many rows
 * @param interval MCUs between two restarts; 0: none
 * @param from the entropy-coded data up to `to`, which are altered; 4 KiB behind them may be read
 * @returns false for data that are in any way not as they should be, up to the end of the image
 */
export function decodeScan(
  components: usize,
  count: i32,
  across: i32,
  down: i32,
  interval: i32,
  from: usize,
  to: usize,
): bool {
  clearBlock();
  if (!openSegment(from, to)) return false;
  resetPredictors(components, count);
  let untilRestart = interval > 0 ? interval : across * down;
  let restarts = 0;
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      if (untilRestart-- === 0) {
        if (!isAtEnd() || marker !== RST0 + (restarts & 7)) return false;
        if (!openSegment(afterMarker, to)) return false;
        resetPredictors(components, count);
        restarts++;
        untilRestart = interval - 1;
      }
      for (let c = 0; c < count; c++) {
        const component = componentAt(components, c);
        if (!decodeUnit(component, x, y)) return false;
      }
      if (bitsLeft() < 0) return false;
    }
  }
  return isAtEnd() && marker === EOI;
}

/** The blocks of one component in the MCU at (x, y). */
function decodeUnit(component: Component, x: i32, y: i32): bool {
  const size = component.size;
  for (let v = 0; v < component.down; v++) {
    const row = (y * component.down + v) * size * component.stride;
    for (let h = 0; h < component.across; h++) {
      if (!decodeBlock(component)) return false;
      const column = (x * component.across + h) * size;
      transformBlock(size, component.plane + row + column, component.stride);
    }
  }
  return true;
}

/** Only the bits that fill up the last byte are left (F.1.2.3). */
function isAtEnd(): bool {
  const left = bitsLeft();
  return left >= 0 && left < 8;
}

function resetPredictors(components: usize, count: i32): void {
  for (let c = 0; c < count; c++) {
    componentAt(components, c).predictor = 0;
  }
}
