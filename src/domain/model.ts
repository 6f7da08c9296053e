import type { Label } from './taxonomy.ts';

/** How a picture becomes a model's input: the `input` of its manifest. */
export interface ModelInput {
  /** The tensor's name in the ONNX file. */
  readonly name: string;
  readonly layout: 'NCHW' | 'NHWC';
  readonly dtype: 'float32' | 'float16' | 'uint8';
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** `fill` squeezes, `cover` crops the middle, `contain` adds black bars. */
  readonly fit: 'fill' | 'cover' | 'contain';
  readonly kernel: 'nearest' | 'linear' | 'cubic' | 'mitchell' | 'lanczos2' | 'lanczos3';
  readonly colourOrder: 'RGB' | 'BGR';
  /** In pixel units 0–255, in the order of `colourOrder`: value = (pixel − mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** A registered model version as a run pins it. */
export interface ModelVersion {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  /** Of the ONNX file, hexadecimal. */
  readonly sha256: string;
  readonly labels: readonly Label[];
}
