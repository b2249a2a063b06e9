mod link;
mod tools;
