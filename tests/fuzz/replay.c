/* Gives every file named on the command line to a fuzz target once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *path)
{
	FILE *f;
	uint8_t *data;
	long size;
	int r;

	f = fopen(path, "rb");
	if (f == NULL)
		return -1;
	r = fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	/* Exactly as large as the input, so that a read behind its end is seen. */
	data = r == 0 && size >= 0 ? malloc((size_t)size) : NULL;
	if ((data == NULL && size != 0) || fread(data, 1, (size_t)size, f) != (size_t)size) {
		free(data);
		(void)fclose(f);
		return -1;
	}
	(void)LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	(void)fclose(f);
	return 0;
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		/* Named before it runs: what stands last is what ended the program. */
		(void)fprintf(stderr, "%s\n", argv[i]);
		if (replay(argv[i]) < 0) {
			perror(argv[i]);
			return 1;
		}
	}
	return argc < 2;
}
