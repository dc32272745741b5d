const {name} = context.function;
  throw new Error(name);
