using Coffer.Server.Hosting;

namespace Coffer.Server.Tests.Hosting;

/// <summary>Which variables of the environment are taken for mistakes.</summary>
public sealed class MisspeltVariableSpecs
{
    [Theory]
    [InlineData("COFFER_AUDIT_REQUIERD", "COFFER_AUDIT_REQUIRED")]
    [InlineData("COFFER_LISEN", "COFFER_LISTEN")]
    [InlineData("COFFER_Data", "COFFER_DATA")]
    public void Is_one_nearly_of_this_program(string variable, string meant) => Assert.Equal([(variable, meant)], ServerCommand.Misspelt([variable]));

    [Theory]
    [InlineData("COFFER_AUDIT_REQUIRED")]
    [InlineData("COFFER_COMPANION")]
    [InlineData("COFFER_SERVER")]
    [InlineData("COFFER_SERVER_KEY")]
    [InlineData("COFFER_KEY_FILE")]
    [InlineData("COFFER_SOCKET")]
    [InlineData("COFFER_PORT")]
    [InlineData("COFFER_SERVICE_HOST")]
    [InlineData("COFFER_PORT_9187_TCP_ADDR")]
    [InlineData("COFFEE_LISTEN")]
    public void Is_none_of_this_or_another_program_nor_of_Kubernetes(string variable) => Assert.Empty(ServerCommand.Misspelt([variable]));
}
