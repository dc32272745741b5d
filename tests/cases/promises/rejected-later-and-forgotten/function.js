async function save() {
  await null;
  throw new TypeError("late");
}
save();
return "saved";
