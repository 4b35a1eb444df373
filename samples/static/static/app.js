// Proof that the script arrived and ran.
document.getElementById("script").textContent = "The script ran.";
