namespace Coffer.Shared;

/// <summary>What may be the name of an environment variable, and what must not come out of a coffer.</summary>
/// <remarks>Source: POSIX.1-2024, Base Definitions, section 8.1; docs/security.md, which says that no such list is complete.</remarks>
internal static class VariableName
{
    /// <summary>The beginning of coffer-client's own variables, which no program that it starts gets to see.</summary>
    internal const string Reserved = "COFFER_";

    // Variables that make a program find, load or run code, or other configuration that does, before its own first line.
    private static readonly HashSet<string> Dangerous =
    [
        // The search for programs, the shells, what they read first, and what programs for people start.
        "PATH", "SHELL", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "BASH_LOADABLES_PATH", "ENV", "IFS", "PS0", "PS1", "PS2", "PS4", "PROMPT_COMMAND", "MAILPATH", "FCEDIT", "CDPATH", "ZDOTDIR", "FPATH", "NULLCMD", "READNULLCMD",
        "fish_function_path", "fish_complete_path", "INPUTRC", "HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS", "EDITOR", "VISUAL", "PAGER", "MANPAGER", "MANOPT", "BROWSER",
        "LESS", "LESSOPEN", "LESSCLOSE", "LESSEDIT", "VIMINIT", "EXINIT", "EMACSLOADPATH", "SCREENRC", "SYSSCREENRC", "SYSTEMD_EDITOR", "SYSTEMD_PAGER", "SYSTEMD_LESS", "SYSTEMD_UNIT_PATH",
        // The C library.
        "GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH", "MUSL_LOCPATH", "NLSPATH", "TZDIR", "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "RESOLV_HOST_CONF", "NSS_WRAPPER_SO_PATH", "GETCONF_DIR",
        // Interpreters and virtual machines.
        "NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "ELECTRON_RUN_AS_NODE", "BUN_OPTIONS", "DENO_DIR", "YARN_RC_FILENAME", "YARN_YARN_PATH", "YARN_PLUGINS", "COREPACK_HOME",
        "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONEXECUTABLE", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONWARNINGS", "PYTHONPLATLIBDIR", "PYTHONPYCACHEPREFIX", "PYTHON_PRESITE",
        "PIP_CONFIG_FILE", "UV_CONFIG_FILE", "IPYTHONDIR", "JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "MPLBACKEND", "MATPLOTLIBRC", "GUNICORN_CMD_ARGS", "PYTEST_ADDOPTS", "PYTEST_PLUGINS",
        "PERL5OPT", "PERL5LIB", "PERLLIB", "PERL5DB", "PERL5SHELL", "PERLDB_OPTS", "PERL_MB_OPT", "PERL_MM_OPT", "RAKULIB",
        "RUBYOPT", "RUBYLIB", "RUBYLIB_PREFIX", "RUBYSHELL", "RUBYPATH", "GEMRC", "GEM_HOME", "GEM_PATH", "IRBRC", "RAKEOPT", "BUNDLE_GEMFILE", "BUNDLE_PATH", "BUNDLE_APP_CONFIG", "BUNDLE_USER_CONFIG", "BUNDLE_USER_HOME",
        "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JDK_JAVAC_OPTIONS", "IBM_JAVA_OPTIONS", "OPENJ9_JAVA_OPTIONS", "JAVA_OPTS", "ES_JAVA_OPTS", "LS_JAVA_OPTS", "JVM_OPTS", "JAVA_HOME", "JRE_HOME", "JAVACMD", "CLASSPATH",
        "CATALINA_OPTS", "CATALINA_HOME", "CATALINA_BASE", "KAFKA_OPTS", "HADOOP_OPTS", "SPARK_SUBMIT_OPTS", "MAVEN_OPTS", "MAVEN_ARGS", "ANT_OPTS", "ANT_ARGS", "GRADLE_OPTS", "GRADLE_USER_HOME", "SBT_OPTS",
        "NUGET_PLUGIN_PATHS", "NUGET_NETCORE_PLUGIN_PATHS", "NUGET_NETFX_PLUGIN_PATHS", "PHP_INI_SCAN_DIR", "PHPRC", "COMPOSER", "COMPOSER_HOME", "TCLLIBPATH", "LUAROCKS_CONFIG",
        "R_HOME", "R_PROFILE", "R_PROFILE_USER", "R_ENVIRON", "R_ENVIRON_USER", "R_LIBS", "R_LIBS_USER", "R_LIBS_SITE", "R_DEFAULT_PACKAGES", "ERL_LIBS", "ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "ELIXIR_ERL_OPTIONS",
        "JULIA_LOAD_PATH", "JULIA_DEPOT_PATH", "JULIA_PROJECT", "GUILE_LOAD_PATH", "GUILE_LOAD_COMPILED_PATH", "GHC_PACKAGE_PATH", "GHC_ENVIRONMENT", "GHCRTS", "CAML_LD_LIBRARY_PATH", "OCAMLFIND_CONF", "AWKPATH", "AWKLIBPATH",
        // Programs that run other programs.
        "GIT_ASKPASS", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_PAGER", "GIT_EXTERNAL_DIFF", "GIT_PROXY_COMMAND", "GIT_ALLOW_PROTOCOL", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GITPERLLIB",
        "SSH_ASKPASS", "SSH_SK_PROVIDER", "SSH_SK_HELPER", "SSH_PKCS11_HELPER", "SUDO_ASKPASS", "SVN_SSH", "SVN_EDITOR", "CVS_RSH", "CVSEDITOR", "HG", "HGRCPATH", "HGEDITOR", "HGMERGE", "GNUPGHOME",
        "TAR_OPTIONS", "ZIPOPT", "ZIP", "RSYNC_RSH", "RSYNC_CONNECT_PROG", "WGETRC", "SYSTEM_WGETRC", "CURL_HOME", "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "MAKE",
        "CC", "CXX", "CPP", "AS", "AR", "LD", "FC", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH", "PKG_CONFIG", "PKG_CONFIG_PATH",
        "RUSTC", "RUSTDOC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS", "RUSTDOCFLAGS", "CARGO", "CARGO_HOME", "CARGO_ENCODED_RUSTFLAGS", "GOFLAGS", "GOENV", "GOPATH", "GOROOT", "GOTOOLCHAIN", "GOTOOLDIR", "VALGRIND_OPTS", "VALGRIND_LIB",
        "ANSIBLE_CONFIG", "ANSIBLE_HOME", "ANSIBLE_LIBRARY", "ANSIBLE_MODULE_UTILS", "ANSIBLE_ROLES_PATH", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_INVENTORY", "ANSIBLE_EXECUTABLE", "ANSIBLE_PYTHON_INTERPRETER", "ANSIBLE_SSH_ARGS",
        "ANSIBLE_SSH_COMMON_ARGS", "ANSIBLE_SSH_EXTRA_ARGS", "ANSIBLE_VAULT_PASSWORD_FILE", "KUBECONFIG", "KUBE_EDITOR", "DOCKER_CONFIG", "HELM_PLUGINS", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
        "PSQLRC", "PSQL_EDITOR", "PSQL_PAGER", "PGSYSCONFDIR", "PGSERVICEFILE", "MYSQL_HOME", "LIBMYSQL_PLUGINS", "LIBMYSQL_PLUGIN_DIR", "ODBCINI", "ODBCINSTINI", "ODBCSYSINI", "ORACLE_HOME", "TNS_ADMIN",
        // Libraries that load modules or start programs.
        "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSLKEYLOGFILE", "KRB5_CONFIG", "SASL_PATH", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_STARTER_ADDRESS",
        "GTK_PATH", "GTK_MODULES", "GTK3_MODULES", "GTK_EXE_PREFIX", "GTK_IM_MODULE_FILE", "GDK_PIXBUF_MODULE_FILE", "GDK_PIXBUF_MODULEDIR", "GIO_EXTRA_MODULES", "GIO_MODULE_DIR", "GI_TYPELIB_PATH",
        "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_GENERIC_PLUGINS", "QML_IMPORT_PATH", "QML2_IMPORT_PATH", "LADSPA_PATH", "ALSA_CONFIG_PATH", "LIBGL_DRIVERS_PATH", "LIBVA_DRIVERS_PATH", "VDPAU_DRIVER_PATH",
        "VK_LAYER_PATH", "VK_ICD_FILENAMES", "VK_DRIVER_FILES", "VK_ADD_LAYER_PATH", "VK_ADD_DRIVER_FILES", "OCL_ICD_VENDORS", "ICU_DATA", "GS_LIB", "GS_OPTIONS", "TEXMFCNF",
    ];

    private static readonly string[] DangerousBeginnings =
    [
        "LD_", "DYLD_", "MALLOC_", "BASH_FUNC_", "LESSKEY", "CORECLR_", "COR_PROFILER", "COR_ENABLE_PROFILING", "COMPlus_", "MONO_", "LUA_", "TS_NODE_", "UWSGI_", "GIT_CONFIG", "GIT_SSH", "CARGO_BUILD_", "CARGO_TARGET_", "RUSTUP_", "CGO_",
        "TF_CLI_", "GST_PLUGIN_", "MAGICK_",
    ];

    // Who reads these does so in upper and lower case.
    private static readonly string[] DangerousBeginningsInAnyCase = ["DOTNET_", "ASPNETCORE_", "MSBUILD", "npm_config_"];

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
        foreach (var beginning in DangerousBeginningsInAnyCase)
            if (name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <summary>Whether the name is one of coffer-client's own.</summary>
    internal static bool IsReserved(string name) => name.StartsWith(Reserved, StringComparison.Ordinal);
}
