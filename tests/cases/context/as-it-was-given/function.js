const {deadline_ms, ...rest} = context;
return rest;
