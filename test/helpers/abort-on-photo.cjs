// `NODE_OPTIONS=--require …/abort-on-photo.cjs`: a picture whose bytes contain the marker takes the whole
// process down in the moment that sharp hands it to libvips, as a bug in a native decoder does. The process
// is really aborted (SIGABRT), with everything that its threads had in hand; only the bug is made up.
//
// It wraps what sharp's native addon exports, so it does not matter how or in which thread sharp is imported.

const MARKER = 'NIGHTJAR-TEST-ABORT';

const dlopen = process.dlopen;
process.dlopen = function openAndWrap(module, ...rest) {
  dlopen.call(this, module, ...rest);
  for (const name of ['metadata', 'pipeline']) {
    const native = module.exports?.[name];
    if (typeof native !== 'function') continue;
    module.exports[name] = (options, ...more) => {
      if (options?.input?.buffer?.includes(MARKER)) process.kill(process.pid, 'SIGABRT');
      return native.call(module.exports, options, ...more);
    };
  }
};
