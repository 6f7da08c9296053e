/** The parts that are used of what Node has and its types, without the browser's, leave out. */
declare namespace WebAssembly {
  class Module {
    private constructor();
  }
  class Memory {
    readonly buffer: SharedArrayBuffer;
    constructor(pages: { initial: number; maximum: number; shared: true });
  }
  class Instance {
    readonly exports: unknown;
    constructor(module: Module, imports: { env: { memory: Memory } });
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
