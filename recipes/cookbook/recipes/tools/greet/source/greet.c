/* Greets whoever is named, and uses what a small program in C needs of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : getenv("USER");
    if (!name)
        name = "nobody";
    size_t size = strlen(GREETING) + strlen(name) + 3;
    char *text = malloc(size);
    if (!text)
        return 1;
    snprintf(text, size, "%s, %s", GREETING, name);
    printf("%s! (%d arguments, %lu bytes, %05d, %x)\n", text, argc - 1, (unsigned long)size, -42, 0xbeef);
    free(text);
    return strcmp(name, "nobody") == 0;
}
