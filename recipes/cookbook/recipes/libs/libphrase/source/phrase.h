/* Puts "words, name" into a block of malloc; null if there is no memory. */
char *phrase(const char *words, const char *name);
