// A worker that is gone before it offers anything, and of which no event tells.
close();
