mod bad_answers;
mod callback;
mod health;
mod providers;
mod start;
