/* Writes the header with what libphrase puts between words and name. */
#include <stdio.h>

int main(void) {
    puts("#define JOINT \", \"");
    return 0;
}
