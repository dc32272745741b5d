async function save() { throw new Error("disk full"); }
save();
return "saved";
