context.self = context;
return context;
