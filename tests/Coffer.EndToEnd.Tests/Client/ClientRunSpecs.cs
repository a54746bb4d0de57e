using System.Diagnostics;
using System.Globalization;
using System.Text;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.EndToEnd.Tests.Client;

public sealed class ClientRunSpecs
{
    private static readonly SecretValue Any = SecretValue.OfText("any");

    [Fact]
    public async Task Puts_every_type_into_the_environment_as_TOML_writes_it_with_strings_bare()
    {
        await using var bench = new ClientBench(
            ("text", SecretValue.OfText("a b\n\"c\" 'd' $e ü😀")),
            ("empty", SecretValue.OfText("")),
            ("integer", SecretValue.OfInteger(long.MinValue)),
            ("whole", SecretValue.OfFloat(1.0)),
            ("endless", SecretValue.OfFloat(double.NegativeInfinity)),
            ("boolean", SecretValue.OfBoolean(true)),
            ("date", SecretValue.OfDate(SecretKind.LocalDate, "2026-11-24")),
            ("moment", SecretValue.OfDate(SecretKind.OffsetDateTime, "2026-11-24T10:00:00.500+01:00")));

        var ended = await bench.Client("run", "--pristine", "--", "/usr/bin/env", "-0");

        Assert.Equal(
            ["boolean=true", "date=2026-11-24", "empty=", "endless=-inf", "integer=-9223372036854775808", "moment=2026-11-24T10:00:00.500+01:00", "text=a b\n\"c\" 'd' $e ü😀", "whole=1.0"],
            Variables(ended).Order(StringComparer.Ordinal));
        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        await bench.Server.Finished();
    }

    [Fact]
    public async Task Hands_arguments_on_untouched()
    {
        await using var bench = new ClientBench();
        string[] arguments = ["", " ", "a b", "line\nbreak", "\"q\" 'q'", "$HOME `id` \\ *", "--", "--help", "--server", "@file", "[suggest]", "-x=1", "ü"];

        var ended = await bench.Client(["run", "--", "printf", "%s\\0", .. arguments]);

        Assert.Equal(string.Concat(arguments.Select(a => a + "\0")), ended.Text);
    }

    [Fact]
    public async Task Hands_arguments_and_variables_that_are_not_UTF_8_on_byte_for_byte()
    {
        await using var bench = new ClientBench(("secret", Any));

        var ended = await bench.ClientUnder(
            """ODD=$(printf '\377\376'); export ODD; exec "$@" "$(printf '\370x')" """, "run", "--", "sh", "-c", """printf '%s|%s' "$ODD" "$1" """, "sh");

        Assert.Equal([0xff, 0xfe, (byte)'|', 0xf8, (byte)'x'], ended.Output);
    }

    [Fact]
    public async Task Hands_on_what_it_was_started_with_but_its_own_variables()
    {
        await using var bench = new ClientBench(("SECRET", Any));
        bench.Environment["OTHER"] = "kept";

        var variables = Variables(await bench.Client("run", "--", "env", "-0"));

        Assert.Equal(["OTHER=kept", "PATH=/usr/local/bin:/usr/bin:/bin", "SECRET=any"], variables.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Overrides_what_is_set_and_warns()
    {
        await using var bench = new ClientBench(("A", Any), ("SAME", Any));
        bench.Environment["A"] = "before";
        bench.Environment["SAME"] = "any";

        var ended = await bench.Client("run", "--", "sh", "-c", "echo $A");

        Assert.Equal("any\n", ended.Text);
        Assert.Equal("coffer-client: warning: A was set already, and the coffer's value takes its place\n", ended.Error);
    }

    [Fact]
    public async Task Leaves_alone_what_is_set_where_told_so()
    {
        await using var bench = new ClientBench(("A", Any), ("B", Any));
        bench.Environment["A"] = "before";

        var ended = await bench.Client("run", "--no-override", "--", "sh", "-c", "echo $A $B");

        Assert.Equal(("before any\n", ""), (ended.Text, ended.Error));
    }

    [Fact]
    public async Task Starts_a_pristine_environment_from_what_is_kept_alone()
    {
        await using var bench = new ClientBench(("SECRET", Any));
        bench.Environment["ONE"] = "1";
        bench.Environment["TWO"] = "2";
        bench.Environment["THREE"] = "3";

        var variables = Variables(await bench.Client("run", "--pristine", "--keep", "ONE,TWO", "--keep", "ABSENT", "--", "env", "-0"));

        Assert.Equal(["ONE=1", "SECRET=any", "TWO=2"], variables.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Picks_and_renames()
    {
        await using var bench = new ClientBench(("a", Any), ("b", Any), ("c", Any), ("d", Any));

        var only = Variables(await bench.Client("run", "--pristine", "--only", "a,b", "--only", "c", "--except", "d", "--prefix", "my_", "--upper", "--", "/usr/bin/env", "-0"));
        var except = Variables(await bench.Client("run", "--pristine", "--except", "a", "--require", "b,c", "--", "/usr/bin/env", "-0"));

        Assert.Equal(["MY_A=any", "MY_B=any", "MY_C=any"], only.Order(StringComparer.Ordinal));
        Assert.Equal(["b=any", "c=any", "d=any"], except.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Refuses_names_of_only_that_select_nothing_before_it_starts_anything()
    {
        await using var bench = new ClientBench(("DATABASE_URL", Any), ("fine", Any));

        var ended = await bench.Client("run", "--only", "fine,DATABSE_URL", "--only", "stranger", "--", "touch", bench.FilePath("started"));

        Assert.Equal(
            """
            coffer-client: error: the coffer holds no "DATABSE_URL", which --only names
            coffer-client: error: the coffer holds no "stranger", which --only names
            coffer-client: hint: "DATABSE_URL": did you mean "DATABASE_URL"?
            coffer-client: hint: names are keys as the definition writes them; 'coffer-client get' shows them all

            """,
            ended.Error);
        Assert.Equal((125, ""), (ended.ExitCode, ended.Text));
        Assert.False(File.Exists(bench.FilePath("started")));
    }

    [Fact]
    public async Task Warns_of_names_that_leave_nothing_out()
    {
        await using var bench = new ClientBench(("a", Any));

        var ended = await bench.Client("run", "--except", "tpyo", "--", "true");

        Assert.Equal((0, "coffer-client: warning: the coffer holds no \"tpyo\", which --except names\n"), (ended.ExitCode, ended.Error));
    }

    [Fact]
    public async Task Refuses_all_unfit_names_at_once_before_it_starts_anything()
    {
        await using var bench = new ClientBench(("a-b", Any), ("1st", Any), ("\u001b[2Jx", Any), ("same", Any), ("SAME", Any), ("ld_preload", Any), ("coffer_key_file", Any), ("fine", Any));

        var ended = await bench.Client("run", "--upper", "--require", "missing", "--", "touch", bench.FilePath("started"));

        Assert.Equal(
            """
            coffer-client: error: "missing" is required, and the coffer does not hold it
            coffer-client: error: "SAME" and "same" would all be called "SAME"
            coffer-client: error: "\u001b[2JX", from "\u001b[2Jx", is no name for an environment variable, expected letters, digits and _, and no digit first
            coffer-client: error: "1ST", from "1st", is no name for an environment variable, expected letters, digits and _, and no digit first
            coffer-client: error: "A-B", from "a-b", is no name for an environment variable, expected letters, digits and _, and no digit first
            coffer-client: error: "COFFER_KEY_FILE", from "coffer_key_file", is one of coffer-client's own variables, which are not handed on
            coffer-client: error: "LD_PRELOAD", from "ld_preload", changes how programs find or load code
            """,
            string.Join('\n', ended.Error.Split('\n').Where(l => l.Contains(": error: ", StringComparison.Ordinal))));
        Assert.Equal((125, ""), (ended.ExitCode, ended.Text));
        Assert.False(File.Exists(bench.FilePath("started")));
    }

    [Theory]
    [InlineData("api-token", "", "rename the key in the definition, or leave it out with --except")]
    [InlineData("1-token", "", "rename the key in the definition, or leave it out with --except")]
    [InlineData("api-token", "my_", "rename the key in the definition, or leave it out with --except")]
    [InlineData("1st", "", "rename the key in the definition, put something before it with --prefix, or leave it out with --except")]
    [InlineData("", "", "rename the key in the definition, put something before it with --prefix, or leave it out with --except")]
    [InlineData("token", "my-", "give --prefix letters, digits and _ alone, and no digit first")]
    public async Task Says_of_an_unfit_name_what_makes_it_fit(string key, string prefix, string hint)
    {
        await using var bench = new ClientBench((key, Any));
        string[][] commands = [["run", "--prefix", prefix, "--", "true"], ["get", "--format", "docker", "--prefix", prefix]];

        foreach (var arguments in commands)
        {
            var ended = await bench.Client(arguments);
            Assert.Equal(125, ended.ExitCode);
            Assert.EndsWith($"\ncoffer-client: hint: {hint}\n", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Takes_a_name_that_a_prefix_makes_fit()
    {
        await using var bench = new ClientBench(("1st", Any), ("", Any));

        var ended = await bench.Client("run", "--pristine", "--prefix", "_", "--", "/usr/bin/env", "-0");

        Assert.Equal(["_1st=any", "_=any"], Variables(ended).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("LD_PRELOAD")]
    [InlineData("LD_AUDIT")]
    [InlineData("DYLD_INSERT_LIBRARIES")]
    [InlineData("PATH")]
    [InlineData("BASH_ENV")]
    [InlineData("BASH_FUNC_ls")]
    [InlineData("ENV")]
    [InlineData("IFS")]
    [InlineData("NODE_OPTIONS")]
    [InlineData("PYTHONSTARTUP")]
    [InlineData("PYTHONPATH")]
    [InlineData("PERL5OPT")]
    [InlineData("PERL5LIB")]
    [InlineData("RUBYOPT")]
    [InlineData("RUBYLIB")]
    [InlineData("JAVA_TOOL_OPTIONS")]
    [InlineData("_JAVA_OPTIONS")]
    [InlineData("JDK_JAVA_OPTIONS")]
    [InlineData("DOTNET_STARTUP_HOOKS")]
    [InlineData("CORECLR_PROFILER_PATH")]
    [InlineData("GCONV_PATH")]
    [InlineData("GLIBC_TUNABLES")]
    [InlineData("MALLOC_CHECK_")]
    [InlineData("PHP_INI_SCAN_DIR")]
    [InlineData("GIT_SSH_COMMAND")]
    public async Task Refuses_dangerous_names_unless_they_are_allowed(string name)
    {
        await using var bench = new ClientBench((name, SecretValue.OfText("")));

        var refused = await bench.Client("run", "--", "true");
        var allowed = await bench.Client("run", "--pristine", "--allow-dangerous", "--", "/usr/bin/env", "-0");

        Assert.Equal(125, refused.ExitCode);
        Assert.StartsWith($"coffer-client: error: \"{name}\" changes how programs find or load code\ncoffer-client: hint: ", refused.Error, StringComparison.Ordinal);
        Assert.Equal([$"{name}="], Variables(allowed));
    }

    [Fact]
    public async Task Refuses_what_widespread_programs_run_and_takes_what_only_resembles_it()
    {
        string[] dangerous =
        [
            "TAR_OPTIONS", "GIT_SEQUENCE_EDITOR", "GIT_SSH_VARIANT", "GIT_CONFIG_COUNT", "GITPERLLIB", "IBM_JAVA_OPTIONS", "OPENJ9_JAVA_OPTIONS", "RSYNC_RSH", "RSYNC_CONNECT_PROG", "CVS_RSH", "ZIPOPT", "MANPAGER", "BROWSER",
            "GCC_EXEC_PREFIX", "COMPILER_PATH", "MAKEFILES", "BASH_LOADABLES_PATH", "LESS", "LESSKEYIN", "LESSKEY_CONTENT", "XDG_CONFIG_DIRS", "INPUTRC", "npm_config_script_shell", "Npm_Config_prefix", "dotnet_startup_hooks",
            "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "AspNetCore_StartupAssembly", "MSBuildSDKsPath", "PIP_CONFIG_FILE", "ANSIBLE_CONFIG", "QT_QPA_PLATFORM_PLUGIN_PATH", "GST_PLUGIN_PATH", "GST_PLUGIN_SCANNER", "SSH_SK_PROVIDER",
            "DBUS_SESSION_BUS_ADDRESS", "MPLBACKEND", "UWSGI_EVAL", "KUBECONFIG", "AWS_CONFIG_FILE",
        ];
        string[] harmless = ["GIT_TOKEN", "GITHUB_TOKEN", "NUGET_API_KEY", "CARGO_REGISTRY_TOKEN", "PIP_INDEX_URL", "YARN_NPM_AUTH_TOKEN", "ANSIBLE_HASHI_VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "MYSQL_PWD", "path", "ld_token", "LESSONS"];
        await using var bench = new ClientBench([.. dangerous.Concat(harmless).Select(name => (name, Any))]);

        var refused = await bench.Client("run", "--", "true");
        var kept = await bench.Client("run", "--except", string.Join(',', dangerous), "--", "true");

        Assert.Equal(
            dangerous.Select(name => $"coffer-client: error: \"{name}\" changes how programs find or load code").Order(StringComparer.Ordinal),
            refused.Error.Split('\n').Where(line => line.Contains(": error: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal((0, ""), (kept.ExitCode, kept.Error));
    }

    [Fact]
    public async Task Becomes_the_program_under_the_same_process_id()
    {
        await using var bench = new ClientBench();

        using var process = bench.Start(Programs.Client, "run", "--", "sh", "-c", "echo $$");
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await ClientBench.WaitFor(process);

        Assert.Equal(process.Id, int.Parse(said, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Lets_signals_reach_the_program()
    {
        await using var bench = new ClientBench();
        using var process = bench.Start(Programs.Client, "run", "--", "sh", "-c", "trap 'exit 42' TERM; echo ready; while :; do sleep 0.01; done");
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) await ClientBench.WaitFor(kill);
        await ClientBench.WaitFor(process);

        Assert.Equal(42, process.ExitCode);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 125", 125)]
    [InlineData("kill -KILL $$", 128 + 9)]
    [InlineData("kill -PIPE $$", 128 + 13)]
    public async Task Ends_as_the_program_ends(string script, int expected)
    {
        await using var bench = new ClientBench();

        var ended = await bench.Client("run", "--", "sh", "-c", script);

        Assert.Equal((expected, ""), (ended.ExitCode, ended.Error));
    }

    [Fact]
    public async Task Leaves_input_and_output_alone()
    {
        await using var bench = new ClientBench();
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);

        var ended = await bench.Run(Programs.Client, ["run", "--", "cat"], bytes);

        Assert.Equal(bytes, ended.Output);
    }

    [Theory]
    [InlineData("exec env --default-signal=PIPE \"$@\"")]
    [InlineData("trap '' HUP INT QUIT USR1 CHLD TSTP TTOU XFSZ; exec env --default-signal=PIPE \"$@\"")]
    [InlineData("ulimit -S -n 300; ulimit -c 0; umask 077; exec 7</dev/null; exec env --default-signal=PIPE --block-signal=USR2 \"$@\"")]
    public async Task Hands_on_signals_limits_and_descriptors_as_it_found_them(string script)
    {
        await using var bench = new ClientBench();
        string[] look = ["sh", "-c", "grep -E '^(Sig(Blk|Ign|Cgt)|Umask|Seccomp|CoreDumping|NoNewPrivs)' /proc/self/status; cat /proc/self/limits; ls /proc/self/fd; cat /proc/self/oom_score_adj; nice"];

        var directly = await bench.Run("/bin/sh", ["-c", script, "sh", .. look]);
        var through = await bench.ClientUnder(script, ["run", "--", .. look]);

        Assert.Contains("SigIgn", directly.Text, StringComparison.Ordinal);
        Assert.Equal(directly.Text, through.Text);
    }

    [Fact]
    public async Task Finds_programs_in_PATH_and_skips_what_may_not_be_executed()
    {
        await using var bench = new ClientBench();
        Directory.CreateDirectory(bench.FilePath("first"));
        Directory.CreateDirectory(bench.FilePath("second"));
        await Script(bench.FilePath("first/app"), "#!/bin/sh\necho first\n", UnixFileMode.UserRead);
        await Script(bench.FilePath("second/app"), "#!/bin/sh\necho second\n", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        bench.Environment["PATH"] = $"/nowhere:{bench.FilePath("first")}:{bench.FilePath("second")}";

        var ended = await bench.Client("run", "--", "app");

        Assert.Equal("second\n", ended.Text);
    }

    [Fact]
    public async Task Says_when_a_program_is_not_found()
    {
        await using var bench = new ClientBench();

        var byName = await bench.Client("run", "--", "no-such-program");
        var byPath = await bench.Client("run", "--", "./no-such-program");
        var empty = await bench.Client("run", "--", "");

        Assert.Equal((127, "coffer-client: error: \"no-such-program\" is not found\ncoffer-client: hint: name a program that stands in a directory of PATH, or give its whole path\n"), (byName.ExitCode, byName.Error));
        Assert.Equal(127, byPath.ExitCode);
        Assert.StartsWith("coffer-client: error: \"./no-such-program\" is not there", byPath.Error, StringComparison.Ordinal);
        Assert.Equal(127, empty.ExitCode);
    }

    [Fact]
    public async Task Says_when_a_program_cannot_be_executed_and_starts_no_shell_for_it()
    {
        await using var bench = new ClientBench();
        await Script(bench.FilePath("closed"), "#!/bin/sh\n", UnixFileMode.UserRead);
        await Script(bench.FilePath("text"), "echo started\n", UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var closed = await bench.Client("run", "--", "./closed");
        var directory = await bench.Client("run", "--", "/usr");
        var text = await bench.Client("run", "--", "./text");

        Assert.Equal((126, "coffer-client: error: \"./closed\" may not be executed\ncoffer-client: hint: is it a file, has it mode +x, and may this user reach it?\n"), (closed.ExitCode, closed.Error));
        Assert.Equal(126, directory.ExitCode);
        Assert.Equal((126, ""), (text.ExitCode, text.Text));
        Assert.StartsWith("coffer-client: error: \"./text\" is no program for this system\ncoffer-client: hint: a script needs a first line", text.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rm -f nobody; mkfifo nobody; true <nobody & exec 2>nobody; wait $!; exec \"$@\"")]
    [InlineData("ulimit -f 0; exec \"$@\" 2>limited")]
    public async Task Ends_with_its_own_exit_code_where_its_words_can_go_nowhere(string script)
    {
        await using var bench = new ClientBench();

        var missing = await bench.ClientUnder(script, "run", "--", "no-such-program");
        var directory = await bench.ClientUnder(script, "run", "--", "/usr");

        Assert.Equal((127, 126), (missing.ExitCode, directory.ExitCode));
    }

    [Fact]
    public async Task Says_when_a_value_is_too_long_for_the_system()
    {
        await using var bench = new ClientBench(("LONG", SecretValue.OfText(new string('x', 128 * 1024))));

        var ended = await bench.Client("run", "--", "true");

        Assert.Equal(126, ended.ExitCode);
        Assert.StartsWith("coffer-client: error: \"true\" cannot be started: arguments and environment are too long together\n", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Starts_a_program_with_a_coffer_of_many_secrets()
    {
        await using var bench = new ClientBench([.. Enumerable.Range(0, 5000).Select(i => ($"SECRET_{i}", SecretValue.OfInteger(i)))]);

        var ended = await bench.Client("run", "--pristine", "--", "/usr/bin/env", "-0");

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"SECRET_{i}={i}").Order(StringComparer.Ordinal), Variables(ended).Order(StringComparer.Ordinal));
    }

    internal static string[] Variables(Ended ended) => Encoding.UTF8.GetString(ended.Output).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static async Task Script(string path, string text, UnixFileMode mode)
    {
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, mode);
    }
}
