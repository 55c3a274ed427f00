#include "phrase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *phrase(const char *words, const char *name) {
    size_t size = strlen(words) + strlen(name) + 3;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s, %s", words, name);
    return text;
}
