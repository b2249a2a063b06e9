mod bad_answers;
mod callback;
mod console;
mod health;
mod providers;
mod start;
