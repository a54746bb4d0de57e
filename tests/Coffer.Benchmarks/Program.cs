using BenchmarkDotNet.Running;
using Coffer.Benchmarks;

if (args is ["floor"])
{
    HandshakeFloor.Print(Console.Out);
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
