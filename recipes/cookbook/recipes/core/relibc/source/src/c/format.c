/* What printf and its kin do with their arguments: %d %i %u %x %c %s %p %%, with l, z, a width and leading zeros. */

typedef __builtin_va_list va_list;
typedef __SIZE_TYPE__ size_t;
typedef __UINTPTR_TYPE__ uintptr_t;

int putchar(int byte);

/* Where the text goes: a buffer, or standard output if there is none. */
struct output {
    char *buffer;
    size_t size;
    size_t length;
};

static void put(struct output *output, char byte) {
    if (!output->buffer)
        putchar(byte);
    else if (output->length + 1 < output->size)
        output->buffer[output->length] = byte;
    output->length++;
}

static void pad(struct output *output, char with, int count) {
    while (count-- > 0)
        put(output, with);
}

static void put_number(struct output *output, unsigned long value, int negative, unsigned base, int width, char with) {
    char digits[24];
    int count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while (value /= base);
    if (negative && with == '0')
        put(output, '-');
    pad(output, with, width - count - negative);
    if (negative && with != '0')
        put(output, '-');
    while (count > 0)
        put(output, digits[--count]);
}

static int format_to(struct output *output, const char *format, va_list arguments) {
    for (; *format; format++) {
        if (*format != '%') {
            put(output, *format);
            continue;
        }
        char with = *++format == '0' ? '0' : ' ';
        int width = 0, is_long = 0;
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + (*format - '0');
        for (; *format == 'l' || *format == 'z'; format++)
            is_long = 1;
        switch (*format) {
        case 'd':
        case 'i': {
            long value = is_long ? __builtin_va_arg(arguments, long) : __builtin_va_arg(arguments, int);
            put_number(output, value < 0 ? -(unsigned long)value : value, value < 0, 10, width, with);
            break;
        }
        case 'u':
        case 'x': {
            unsigned long value =
                is_long ? __builtin_va_arg(arguments, unsigned long) : __builtin_va_arg(arguments, unsigned);
            put_number(output, value, 0, *format == 'x' ? 16 : 10, width, with);
            break;
        }
        case 'p':
            put(output, '0');
            put(output, 'x');
            put_number(output, (uintptr_t)__builtin_va_arg(arguments, void *), 0, 16, width, with);
            break;
        case 'c':
            put(output, (char)__builtin_va_arg(arguments, int));
            break;
        case 's': {
            const char *text = __builtin_va_arg(arguments, const char *);
            int length = 0;
            while (text[length])
                length++;
            pad(output, ' ', width - length);
            while (*text)
                put(output, *text++);
            break;
        }
        case '\0':
            return (int)output->length;
        default:
            put(output, *format);
        }
    }
    return (int)output->length;
}

int vprintf(const char *format, va_list arguments) {
    struct output output = {0, 0, 0};
    return format_to(&output, format, arguments);
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) {
    char nothing;
    struct output output = {size ? buffer : &nothing, size, 0};
    int length = format_to(&output, format, arguments);
    if (size)
        buffer[output.length < size ? output.length : size - 1] = '\0';
    return length;
}
