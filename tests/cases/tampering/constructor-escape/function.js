const F = call.constructor.constructor;
return F('return typeof process + typeof require + typeof __timer_manager + typeof SharedArrayBuffer + typeof WebAssembly')();
