namespace Coffer.Shared;

/// <summary>What may be the name of an environment variable, and what must not come out of a coffer.</summary>
/// <remarks>Source: POSIX.1-2024, Base Definitions, section 8.1; docs/client.md.</remarks>
internal static class VariableName
{
    /// <summary>The beginning of coffer-client's own variables, which no program that it starts gets to see.</summary>
    internal const string Reserved = "COFFER_";

    // Variables that make a program find, load or run code, or other configuration that does, before its own first line.
    private static readonly HashSet<string> Dangerous =
    [
        // The search for programs, the shells, and what they read first.
        "PATH", "SHELL", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "ENV", "IFS", "PS4", "PROMPT_COMMAND", "CDPATH", "ZDOTDIR", "FPATH", "HOME", "XDG_CONFIG_HOME", "EDITOR", "VISUAL", "PAGER",
        // The C library.
        "GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH", "NLSPATH", "TZDIR", "HOSTALIASES", "RES_OPTIONS", "RESOLV_HOST_CONF", "NSS_WRAPPER_SO_PATH", "GETCONF_DIR",
        // Interpreters and virtual machines.
        "NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "BUN_OPTIONS", "DENO_DIR",
        "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONEXECUTABLE", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONWARNINGS", "PYTHONPLATLIBDIR", "PYTHONPYCACHEPREFIX",
        "PERL5OPT", "PERL5LIB", "PERLLIB", "PERL5DB", "PERL_MB_OPT", "RUBYOPT", "RUBYLIB", "RUBYSHELL", "RUBYPATH", "GEM_HOME", "GEM_PATH", "BUNDLE_GEMFILE", "BUNDLE_PATH",
        "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "JAVA_HOME", "CLASSPATH", "CATALINA_OPTS", "MAVEN_OPTS", "GRADLE_OPTS", "SBT_OPTS",
        "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES",
        "PHP_INI_SCAN_DIR", "PHPRC", "MONO_PATH", "TCLLIBPATH", "R_PROFILE", "R_PROFILE_USER", "R_ENVIRON", "R_ENVIRON_USER", "R_LIBS", "ERL_LIBS", "ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS",
        "ELIXIR_ERL_OPTIONS", "JULIA_LOAD_PATH", "JULIA_DEPOT_PATH", "GUILE_LOAD_PATH", "GUILE_LOAD_COMPILED_PATH", "EMACSLOADPATH", "VIMINIT", "EXINIT", "LESSOPEN", "LESSCLOSE", "AWKPATH", "AWKLIBPATH",
        // Programs that run other programs.
        "GIT_SSH", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_ASKPASS", "GIT_EDITOR", "GIT_PAGER", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "GIT_DIR", "SSH_ASKPASS", "SUDO_ASKPASS", "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS",
        "CC", "CXX", "RUSTC", "RUSTC_WRAPPER", "RUSTFLAGS", "RUSTDOCFLAGS", "CARGO_HOME", "GOFLAGS", "GOPATH", "GOROOT", "PSQLRC", "PGSYSCONFDIR", "PGSERVICEFILE", "ODBCSYSINI",
        // Libraries that load modules.
        "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSLKEYLOGFILE", "GTK_PATH", "GTK_MODULES", "GIO_EXTRA_MODULES", "GIO_MODULE_DIR", "QT_PLUGIN_PATH", "KRB5_CONFIG", "SASL_PATH", "LIBGL_DRIVERS_PATH", "ICU_DATA", "MAGICK_CONFIGURE_PATH",
    ];

    private static readonly string[] DangerousBeginnings =
        ["LD_", "DYLD_", "MALLOC_", "BASH_FUNC_", "CORECLR_", "COR_PROFILER", "COR_ENABLE_PROFILING", "COMPlus_", "DOTNET_", "LUA_", "npm_config_", "NPM_CONFIG_", "GIT_CONFIG", "CARGO_BUILD_", "CARGO_TARGET_"];

    /// <summary>Letters, digits and _, of ASCII, not beginning with a digit.</summary>
    internal static bool IsValid(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        return true;
    }

    /// <summary>Whether the name changes how programs find or load code.</summary>
    internal static bool IsDangerous(string name)
    {
        if (Dangerous.Contains(name)) return true;
        foreach (var beginning in DangerousBeginnings)
            if (name.StartsWith(beginning, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <summary>Whether the name is one of coffer-client's own.</summary>
    internal static bool IsReserved(string name) => name.StartsWith(Reserved, StringComparison.Ordinal);
}
