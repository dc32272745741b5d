context.meta.colour = {deep: context};
context.deadline_ms = Infinity;
context = null;
return arguments.length;
