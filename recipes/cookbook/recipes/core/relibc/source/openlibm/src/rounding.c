/* Without the instructions that aarch64 has for it: this must be the same everywhere. */
double trunc(double value) {
    /* From here on every double is whole. */
    const double whole = 4503599627370496.0;
    return value > -whole && value < whole ? (double)(long)value : value;
}

double floor(double value) {
    double down = trunc(value);
    return down > value ? down - 1 : down;
}

double fabs(double value) {
    return value < 0 ? -value : value;
}
