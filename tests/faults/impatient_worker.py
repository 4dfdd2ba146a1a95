"""The worker as it is, with a rate that does not make two thousand notices last a minute."""

from server import wiring, worker

wiring.RATES["template"] = "5000/second"

if __name__ == "__main__":
    worker.main()
