const context = 1;
return context +;
