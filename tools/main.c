/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy: what OpenSSL, a policy, a context of this host and a server do
 * about TLS versions.  tlspolicy(1) is its manual.
 */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"

static const struct command *const commands[] = {
	&info_command,
	&list_command,
	&show_command,
	&compare_command,
	&scan_command,
	&export_command,
#ifdef WITH_RUN
	&run_command,
#endif
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char help[] =
    "usage: tlspolicy COMMAND [OPTION...] [ARGUMENT...]\n"
    "\n"
    "  info                 the OpenSSL that is loaded, and the host's floor\n"
    "  list                 the built-in profiles\n"
    "  show POLICY          what a policy becomes on this OpenSSL and host\n"
    "  compare A B          which of two policies permits more\n"
    "  scan HOST:PORT...    what servers accept, held against a policy\n"
    "  export FORMAT POLICY as lines of a configuration: nginx, apache ...\n"
#ifdef WITH_RUN
    "  run PROGRAM ...      what a program negotiates; gives it a policy\n"
#endif
    "\n"
    "  tlspolicy help [COMMAND]   this, or the options of a command\n"
    "  tlspolicy --version        of this command and of its library\n"
    "\n"
    "POLICY is text as in tlspolicy(7): \"intermediate,min=TLSv1.3\".\n"
    "\n"
    "Exit status: 0 yes, or done; 1 the answer is no; 2 an error, or it could "
    "not\n"
    "be told.\n";

static int
usage_error(const struct command *command, const char *what, const char *which)
{
	return complain("%s: %s%s; see \"tlspolicy %s --help\"", command->name,
	    what, which, command->name);
}

/* What a command lacks that has been given so many operands. */
static const char *
missing(const struct command *command, int given)
{
	static const char *const names[][3] = {
		{ "compare", "A and B, the policies, are missing",
		    "B, the policy to compare A with, is missing" },
		{ "export", "FORMAT and POLICY are missing",
		    "POLICY is missing" },
		{ "run", "PROGRAM is missing", NULL },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], command->name) == 0 && given < 2 &&
		    names[i][1 + given] != NULL)
			return names[i][1 + given];
	return "see its usage";
}

static int
parse(const struct command *command, int argc, char **argv,
    struct arguments *args)
{
	const char *letters = command->most == INT_MAX ? "+:h" : ":h";
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, command->options, NULL)) !=
	    -1) {
		if (c == 'h')
			c = OPT_HELP;
		if (c == ':')
			return usage_error(command,
			    "an argument is missing: ", argv[optind - 1]);
		if (c == '?')
			return usage_error(
			    command, "not an option of it: ", argv[optind - 1]);
		/* Of others the last counts; here targets would be lost. */
		if (c == OPT_TARGETS && args->opt[c] != NULL)
			return usage_error(
			    command, "given twice: --targets ", optarg);
		args->opt[c] = optarg != NULL ? optarg : "";
	}
	args->operand = argv + optind;
	args->count = argc - optind;
	if (args->opt[OPT_HELP] != NULL)
		return STATUS_YES;
	if (args->count < command->least)
		return usage_error(command,
		    "it needs more arguments: ", missing(command, args->count));
	if (args->count > command->most)
		return usage_error(command,
		    "one argument too many: ", args->operand[command->most]);
	return STATUS_YES;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct arguments args = { .operand = NULL };
	int status = parse(command, argc, argv, &args);

	if (status != STATUS_YES)
		return status;
	if (args.opt[OPT_HELP] == NULL)
		return command->run(&args);
	(void)fputs(command->help, stdout);
	return STATUS_YES;
}

static int
give_help(int count, char **operand)
{
	size_t i = 0;

	if (count > 1)
		return complain("help: one argument too many: %s; see "
				"\"tlspolicy --help\"",
		    operand[1]);
	if (count == 1 && strcmp(operand[0], "help") == 0)
		count = 0;
	while (count == 1 && i < COMMANDS &&
	    strcmp(commands[i]->name, operand[0]) != 0)
		i++;
	if (i == COMMANDS)
		return complain(
		    "not a command: %s; see \"tlspolicy --help\"", operand[0]);
	(void)fputs(count == 0 ? help : commands[i]->help, stdout);
	return STATUS_YES;
}

static int
dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		(void)fputs(help, stdout);
		return STATUS_YES;
	}
	if (strcmp(name, "help") == 0)
		return give_help(argc - 2, argv + 2);
	if (strcmp(name, "--version") == 0) {
		(void)printf("tlspolicy %s, library %s\n", PACKAGE_VERSION,
		    tlspolicy_library_version());
		return STATUS_YES;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return run(commands[i], argc - 1, argv + 1);
	if (*name == '\0')
		return complain("no command; see \"tlspolicy --help\"");
	return complain("not a command: %s; see \"tlspolicy --help\"", name);
}

int
main(int argc, char **argv)
{
	int status;

	/*
	 * A reader that went away is an error to report, like a full disk; a
	 * program that is run is to find its signals as they were.
	 */
	if (argc < 2 || strcmp(argv[1], "run") != 0)
		(void)signal(SIGPIPE, SIG_IGN);
	status = dispatch(argc, argv);
	flush_output();
	return status;
}
