/**
 * How the samples along one axis become the output's. The fields of all structures here have 32 bits;
 * `run-plan.ts` writes them in this order.
 */
@unmanaged
export class Axis {
  /** Outputs, a multiple of 8: those behind the real ones are never shown. */
  count!: i32;
  /** Weights of each output, a multiple of 8. */
  taps!: i32;
  /** `count` numbers of 32 bits: the first sample of each output. */
  starts!: usize;
  /** `count` × `taps` weights of 16 bits; those of an output add up to 2¹⁴. */
  weights!: usize;
}

/**
 * One colour component: what the frame and scan headers say of it (ITU T.81, B.2.2 and B.2.3), and where
 * its samples go.
 */
@unmanaged
export class Component {
  /** Blocks in an MCU, across and down: 1 or 2. */
  across!: i32;
  down!: i32;
  /** Samples that an 8 × 8 block becomes, across and down: 8, 4, 2 or 1. */
  size!: i32;
  /** The last coefficient that counts at this size, in zigzag order; what follows is skipped. */
  last!: i32;
  /** Numbers of its Huffman tables: 0–3 for DC, 4–7 for AC. */
  dcTable!: i32;
  acTable!: i32;
  /** 64 factors of 32-bit floats in zigzag order: the quantisation step, with the transform's. */
  factors!: usize;
  /** Its samples of one byte, in whole MCUs: `stride` bytes a row. */
  plane!: usize;
  stride!: i32;
  /** How they are resized. */
  horizontal!: Axis;
  vertical!: Axis;
  /** The DC coefficient of the block before (F.1.1.5.1). */
  predictor!: i32;
}

/** The component of that number in an array of them. */
export function componentAt(components: usize, index: i32): Component {
  return changetype<Component>(components + (index as usize) * offsetof<Component>());
}
