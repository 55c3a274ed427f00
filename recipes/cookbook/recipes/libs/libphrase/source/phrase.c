#include "phrase.h"
#include "joint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *phrase(const char *words, const char *name) {
    size_t size = strlen(words) + sizeof JOINT + strlen(name);
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s" JOINT "%s", words, name);
    return text;
}
