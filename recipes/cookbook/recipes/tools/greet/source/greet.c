/* Greets whoever is named, with a library of another recipe and what a small program needs of the C library. */
#include <math.h>
#include <phrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : getenv("USER");
    if (!name)
        name = "nobody";
    char *text = phrase(GREETING, name);
    if (!text)
        return 1;
    printf("%s! (%d arguments, %lu bytes, %05d, %x)\n", text, argc - 1, (unsigned long)strlen(text), (int)floor(-41.5), 0xbeef);
    free(text);
    return strcmp(name, "nobody") == 0;
}
